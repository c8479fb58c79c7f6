// GnuPG, with a home of its own, against the key server on a loopback port.
import t from 'tap'
import { revokedKey } from '../_certificates.js'
import { createGpg } from '../_gpg.js'
import { aliceAddress, createKeyServers } from '../_key-servers.js'
import { startHttp } from '../../adapters/http/index.js'
import { encodeSecretKey, parseCertificate } from '../../plugin/openpgp/index.js'

// gpg has a clock of its own, so this is the real time.
const { a, alice, bob, clock, keyServer, x509, entry } = await createKeyServers({
  start: Date.now() - 10_000,
})
const ignore = (): undefined => undefined
const log = { debug: ignore, info: ignore, warn: ignore, error: ignore }
const listen = { host: '127.0.0.1', port: 0 }
const http = await startHttp({ listen, tls: null, keyServer, x509, clock, counters: a.counters, log })
t.teardown(() => http.stop())
const gpg = await createGpg({ network: true })
t.teardown(() => gpg.destroy())
const run = (...options: string[]) =>
  gpg.run('--keyserver', `hkp://127.0.0.1:${http.port}`, '--with-colons', ...options)
const digits = alice.certificate.fingerprint.slice(2).toUpperCase()
const own = a.identity.fingerprint.slice(2).toUpperCase()

t.test('receives a key by fingerprint and by key ID', async t => {
  await run('--recv-keys', digits, own.slice(-16))
  const { stdout } = await run('--list-keys')
  t.match(stdout, `fpr:::::::::${digits}:`)
  t.match(stdout, `fpr:::::::::${own}:`)
})

t.test('sees the certification of the authority where it is told not to throw it away', async t => {
  const keep = ['--keyserver-options', 'no-self-sigs-only,no-import-clean']
  await run(...keep, '--recv-keys', digits, bob.certificate.fingerprint.slice(2))
  const { stdout } = await run('--check-signatures', digits)
  t.match(stdout, new RegExp(`^sig:!:.*:${own.slice(-16)}:`, 'm'))
})

t.test('searches by user ID and by address', async t => {
  for (const pattern of ['=xmpp:alice@a.example', 'xmpp:alice@a.example', 'alice@a.example']) {
    const { stdout } = await run('--search-keys', pattern)
    t.match(stdout, 'info:1:1')
    t.match(stdout, new RegExp(`^pub:${digits}:22:256:`, 'm'))
    t.match(stdout, 'xmpp%3Aalice@a.example')
  }
})

t.test('is told that there is no such key', async t => {
  await t.rejects(run('--recv-keys', 'AB'.repeat(20)), { message: /No data/ })
})

t.test('sends a key with a revocation, which is kept', async t => {
  await run('--import', await gpg.file('alice.key', encodeSecretKey(alice)))
  await run('--send-keys', digits)
  t.equal(parseCertificate((await entry('user', aliceAddress)).certificate).signatures.length, 0)
  await run('--import', await gpg.file('revoked', revokedKey(alice, clock.now()).octets))
  await run('--send-keys', digits)
  t.equal(parseCertificate((await entry('user', aliceAddress)).certificate).signatures.length, 1)
})

t.test('is refused a key that nobody certified', async t => {
  await run('--passphrase', '', '--quick-generate-key', 'mallory@c.example', 'ed25519')
  await t.rejects(run('--send-keys', 'mallory@c.example'))
})
