// Somebody brings a certificate full of signatures to the key server: none that is foreign or forged gets in.
import t from 'tap'
import {
  mergeCertificates,
  parseCertificate,
  userIdOf,
  findUserId,
  type Certificate,
} from '../../plugin/openpgp/index.js'
import { generateServerKey } from '../../plugin/openpgp/index.js'
import { parseDomain } from '../../plugin/addresses.js'
import { primarySigner, signedBy } from '../_certificates.js'
import { aliceAddress, bobAddress, createKeyServers } from '../_key-servers.js'

const { a, b, clock, keyServer, entry } = await createKeyServers()
const stored = async (name: typeof aliceAddress): Promise<Certificate> =>
  parseCertificate((await entry('user', name)).certificate)
const signatures = (certificate: Certificate, name: typeof aliceAddress) =>
  findUserId(certificate, userIdOf(name))?.signatures.length

t.test('certifications by strangers are left out', async t => {
  const before = await stored(aliceAddress)
  const strangers = Array.from({ length: 40 }, () => generateServerKey(parseDomain('c.example'), clock.now()))
  const flooded = strangers.reduce(
    (certificate, stranger) => signedBy(primarySigner(stranger), certificate, clock.now()),
    before,
  )
  t.match(await keyServer.submit(flooded.octets), { outcome: 'unchanged' })
  t.strictSame(await stored(aliceAddress), before)
})

t.test('a countersigned server certifies its own users only', async t => {
  const mailbox = Buffer.alloc(32, 7)
  clock.advance(2000)
  const renewed = await b.identity.authority.certifyUser(
    (await stored(bobAddress)).octets,
    bobAddress,
    mailbox,
  )
  t.match(await keyServer.submit(renewed), { outcome: 'updated' })
  t.equal(signatures(await stored(bobAddress), bobAddress), 2)
  t.match(await keyServer.submit(renewed), { outcome: 'unchanged' })
})

t.test('signatures that do not verify are left out', async t => {
  const before = await stored(aliceAddress)
  const own = a.identity.authority.revoke(before.octets, aliceAddress)
  const forged = Buffer.from(own)
  const { signatures: kept } = findUserId(parseCertificate(own), userIdOf(aliceAddress)) ?? { signatures: [] }
  const material = kept.at(-1)?.material ?? Buffer.alloc(0)
  const at = own.indexOf(material)
  forged[at + 10] = (forged[at + 10] ?? 0) ^ 1
  t.match(await keyServer.submit(forged), { outcome: 'unchanged' })
  t.match(await keyServer.submit(own), { outcome: 'updated' }, 'the true one gets in')
  const revoked = await stored(aliceAddress)
  t.match(await keyServer.submit(before.octets), { outcome: 'unchanged' })
  t.strictSame(await stored(aliceAddress), revoked)
  t.strictSame((await mergeCertificates(revoked, before, () => null)).octets, revoked.octets)
})
