// Approvals of certifications as Sequoia writes them, kept by the key server and read by GnuPG.
import t from 'tap'
import { encodeSecretKey, parseCertificate } from '../../plugin/openpgp/index.js'
import { firstUserId, primarySigner, signedBy } from '../_certificates.js'
import { createGpg } from '../_gpg.js'
import { aliceAddress, createKeyServers } from '../_key-servers.js'
import { createSequoia } from '../_sequoia.js'

// sq dates what it signs back by a minute, and nothing may be older than its key.
const { alice, bob, clock, keyServer, entry } = await createKeyServers({ start: Date.now() - 120_000 })
const [gpg, { sq }] = [await createGpg(), await createSequoia()]
t.teardown(() => gpg.destroy())
const stored = async () => parseCertificate((await entry('user', aliceAddress)).certificate)
const signed = signedBy(primarySigner(bob), alice.certificate, clock.now())
const secret = await gpg.file('alice', encodeSecretKey({ ...alice, certificate: signed }))

async function attested(...options: string[]): Promise<string> {
  const key = await sq('key', 'attest-certifications', ...options, secret)
  return sq('key', 'extract-cert', await gpg.file('attested', Buffer.from(key)))
}

t.test('what the holder approves of with sq is kept, and gpg verifies it', async t => {
  t.match(await keyServer.submit(signed.octets), { outcome: 'unchanged' })
  t.match(await keyServer.submit(await attested('--all')), { outcome: 'updated' })
  const certificate = await stored()
  t.equal(firstUserId(certificate).signatures.length, 4, 'own, approval, authority, Bob')
  await gpg.run('--import', await gpg.file('both', bob.certificate.octets))
  await gpg.run('--import', await gpg.file('alice.pgp', certificate.octets))
  const { stdout } = await gpg.run(
    '--with-colons',
    '--check-signatures',
    alice.certificate.fingerprint.slice(2),
  )
  t.match(stdout, new RegExp(`^sig:!:.*:${bob.certificate.primary.keyId.toUpperCase()}:`, 'm'))
})

t.test('what the holder takes back with sq goes', async t => {
  t.match(await keyServer.submit(await attested('--none')), { outcome: 'updated' })
  t.equal(firstUserId(await stored()).signatures.length, 3)
})
