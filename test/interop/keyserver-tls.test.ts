// GnuPG and Sequoia against the key server over its own TLS, with names from a real name server: HKP, and the Web Key
// Directory by both its methods. Needs user namespaces, for port 443 of its own; no root.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { startHttp } from '../../adapters/http/index.js'
import { encodeSecretKey, parseCertificate } from '../../plugin/openpgp/index.js'
import { revokedKey } from '../_certificates.js'
import { testFolder } from '../_folder.js'
import { createGpg } from '../_gpg.js'
import { aliceAddress, createKeyServers } from '../_key-servers.js'
import { createSequoia } from '../_sequoia.js'
import { makeCertificate } from '../lab/certificates.js'
import { startKnot } from '../lab/knot.js'
import { startNetSpace } from '../lab/net-space.js'

// gpg and sq have clocks of their own, so this is the real time.
const { a, alice, bob, clock, entry, keyServer, x509 } = await createKeyServers({
  start: Date.now() - 10_000,
})
const folder = testFolder(t)
const tls = { certificate: join(folder, 'chain.pem'), key: join(folder, 'key.pem') }
const { certificate, key } = await makeCertificate(['a.example', 'keys.a.example', 'openpgpkey.a.example'])
await writeFile(tls.certificate, certificate)
await writeFile(tls.key, key, { mode: 0o600 })

const ignore = (): undefined => undefined
const log = { debug: ignore, info: ignore, warn: ignore, error: ignore }
const counters = a.counters
const listen = { host: '127.0.0.1', port: 0 }
const http = await startHttp({ listen, tls, keyServer, x509, clock, counters, log })
t.teardown(() => http.stop())

// Each method has a name of its own, without which it finds nothing.
const keys = 'keys.a.example. 60 IN A 127.0.0.1'
const advanced = [keys, 'openpgpkey.a.example. 60 IN A 127.0.0.1']
const direct = [keys, 'a.example. 60 IN A 127.0.0.1']
const names = await startKnot('a.example', advanced)
t.teardown(() => names.stop())
const { enter, stop } = await startNetSpace({
  resolver: names.resolver,
  ports: { 443: http.port },
  authorities: certificate,
})
t.teardown(stop)

const address = 'openpgp-ca@a.example'
const own = a.identity.fingerprint.slice(2).toUpperCase()
const digits = alice.certificate.fingerprint.slice(2).toUpperCase()

/** @param authority the file of the one that counts, instead of those of the machine */
async function newGpg(t: Test, authority?: string) {
  const dirmngr = authority === undefined ? '' : `hkp-cacert ${authority}\n`
  const gpg = await createGpg({ network: true, enter, dirmngr })
  t.teardown(() => gpg.destroy())
  const run = (...words: string[]) =>
    gpg.run('--keyserver', 'hkps://keys.a.example', '--with-colons', ...words)
  return { ...gpg, run }
}

t.test('gpg receives, searches and checks over TLS', async t => {
  const { run } = await newGpg(t)
  t.match((await run('--search-keys', '=xmpp:alice@a.example')).stdout, `pub:${digits}:22:256:`)
  const keep = ['--keyserver-options', 'no-self-sigs-only,no-import-clean']
  await run(...keep, '--recv-keys', digits, own, bob.certificate.fingerprint.slice(2))
  const { stdout } = await run('--check-signatures', digits)
  t.match(stdout, new RegExp(`^sig:!:.*:${own.slice(-16)}:`, 'm'))
})

t.test('gpg takes nothing from a server whose certificate it does not know', async t => {
  const other = join(folder, 'other.pem')
  await writeFile(other, (await makeCertificate(['keys.a.example'])).certificate)
  const { run } = await newGpg(t, other)
  await t.rejects(run('--recv-keys', digits), { message: /keyserver receive failed/ })
})

for (const [method, records] of [
  ['advanced', advanced],
  ['direct', direct],
] as const)
  t.test(`gpg and sq find the authority in the Web Key Directory: ${method} method`, async t => {
    await names.change('a.example', records)
    const { run } = await newGpg(t)
    const located = await run('--auto-key-locate', 'clear,wkd', '--locate-external-keys', address)
    t.match(located.stdout, `fpr:::::::::${own}:`)
    const { sq } = await createSequoia({ SSL_CERT_FILE: tls.certificate }, enter)
    const file = join(folder, `${method}.pgp`)
    await sq('wkd', 'get', '--binary', '--output', file, address)
    t.match(await sq('inspect', file), own)
    await t.rejects(run('--auto-key-locate', 'clear,wkd', '--locate-external-keys', 'nobody@a.example'))
  })

t.test('sq gets a key over TLS, not without knowing the certificate', async t => {
  const { sq } = await createSequoia({ SSL_CERT_FILE: tls.certificate }, enter)
  const get = ['keyserver', '--server', 'hkps://keys.a.example', 'get']
  const file = join(folder, 'alice.pgp')
  await sq(...get, '--binary', '--output', file, digits)
  t.match(await sq('inspect', file), digits)
  const stranger = await createSequoia({ SSL_CERT_FILE: '/dev/null' }, enter)
  await t.rejects(stranger.sq(...get, digits))
})

t.test('gpg and sq send a revocation over TLS, which is kept', async t => {
  const stored = async () => parseCertificate((await entry('user', aliceAddress)).certificate).signatures
  t.equal((await stored()).length, 0)
  const gpg = await newGpg(t)
  await gpg.run('--import', await gpg.file('alice.key', encodeSecretKey(alice)))
  await gpg.run('--import', await gpg.file('revoked', revokedKey(alice, clock.now()).octets))
  await gpg.run('--send-keys', digits)
  t.equal((await stored()).length, 1)
  const { sq } = await createSequoia({ SSL_CERT_FILE: tls.certificate }, enter)
  const file = await gpg.file('revoked.pgp', revokedKey(alice, clock.now() + 1000).octets)
  await sq('keyserver', '--server', 'hkps://keys.a.example', 'send', file)
  t.equal((await stored()).length, 1)
})
