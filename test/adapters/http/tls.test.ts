// The key server with TLS of its own: version, certificate, its renewal without a restart, and what is no pair.
import { once } from 'node:events'
import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { connect as connectPlainly } from 'node:net'
import { connect, type ConnectionOptions } from 'node:tls'
import { X509Certificate } from 'node:crypto'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { startHttp } from '../../../adapters/http/index.js'
import { usualLimits } from '../../../adapters/http/listener.js'
import { testFolder } from '../../_folder.js'
import { createKeyServers } from '../../_key-servers.js'
import { createVirtualClock } from '../../_virtual-clock.js'
import { watchTlsEnd } from '../../../plugin/tls-end.js'
import { makeCertificate, type Certificate } from '../../lab/certificates.js'

const folder = testFolder(t)
const [first, second] = [await makeCertificate(['keys.a.example']), await makeCertificate(['keys.a.example'])]
const tls = { certificate: join(folder, 'chain.pem'), key: join(folder, 'key.pem') }

async function put({ certificate, key }: Certificate): Promise<void> {
  await writeFile(tls.certificate, certificate)
  await writeFile(tls.key, key, { mode: 0o600 })
}
await put(first)

const { a, clock, keyServer, x509 } = await createKeyServers()
const said: string[] = []
let heard: (words: string) => void = () => undefined
const say = (_: object, words: string): void => {
  said.push(words)
  heard(words)
}
const log = { debug: say, info: say, warn: say, error: say }
const listen = { host: '127.0.0.1', port: 0 }
const http = await startWith(tls)
t.teardown(() => http.stop())

/** What the log says next, after a minute of the clock. */
function afterAMinute(): Promise<string> {
  const words = new Promise<string>(resolve => {
    heard = resolve
  })
  clock.advance(60_000)
  return words
}

async function ask(options: ConnectionOptions): Promise<string> {
  const socket = connect({ port: http.port, servername: 'keys.a.example', ...options })
  await once(socket, 'secureConnect')
  socket.write('GET / HTTP/1.1\r\nHost: keys.a.example\r\nConnection: close\r\n\r\n')
  return `${socket.getProtocol()} ${await text(socket)}`
}

t.test('it speaks TLS 1.3 under its certificate', async t => {
  t.match(await ask({ ca: first.certificate }), /^TLSv1\.3 HTTP\/1\.1 200 OK/)
  await t.rejects(ask({ ca: second.certificate }), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' })
})

t.test('older versions are refused in the handshake', async t => {
  const old = { ca: first.certificate, maxVersion: 'TLSv1.2' } as const
  await t.rejects(ask(old), { code: 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION' })
  t.match(a.counters.snapshot(), { 'key server handshakes failed': Number })
})

t.test('speech without TLS on its port is closed without an answer', async t => {
  await t.rejects(fetch(`http://127.0.0.1:${http.port}/`))
})

t.test('half of a renewal keeps the certificate, and is told once', async t => {
  const waiting = clock.waiting
  await writeFile(tls.certificate, second.certificate)
  t.match(await afterAMinute(), /keeps its certificate.*do not belong together/)
  t.match(await ask({ ca: first.certificate }), 'TLSv1.3')
  // It has looked when it waits again.
  while (clock.waiting < waiting) await new Promise(resolve => setImmediate(resolve))
  said.length = 0
  clock.advance(60_000)
  while (clock.waiting < waiting) await new Promise(resolve => setImmediate(resolve))
  t.same(said, [])
  await writeFile(tls.certificate, 'no certificate')
  t.match(await afterAMinute(), /keeps its certificate.*http\.certificate holds no certificate/)
  t.match(await ask({ ca: first.certificate }), 'TLSv1.3')
})

t.test('a new pair counts within a minute, for new connections of the same version', async t => {
  await put(second)
  t.match(await afterAMinute(), /new certificate/)
  t.match(await ask({ ca: second.certificate }), 'TLSv1.3')
  await t.rejects(ask({ ca: first.certificate }))
  await t.rejects(ask({ ca: second.certificate, maxVersion: 'TLSv1.2' }), { code: /PROTOCOL_VERSION/ })
})

t.test('admins are told before the certificate ends, until there is a new one', async t => {
  const day = 86_400_000
  const certificate = new X509Certificate(second.certificate)
  const own = createVirtualClock(Date.parse(certificate.validTo) - 15 * day)
  const alarms: string[] = []
  const shows = watchTlsEnd({ clock: own, alarm: (_, words) => void alarms.push(words) })
  const { stop } = await startHttp({
    listen,
    tls,
    keyServer,
    x509,
    clock: own,
    counters: a.counters,
    log,
    shows,
  })
  t.teardown(stop)
  t.same(alarms, [])
  for (let passed = 0; passed < 13; passed++) {
    own.advance(day)
    while (own.waiting === 0) await new Promise(resolve => setImmediate(resolve))
  }
  t.match(alarms, [/in 14 days/, /in 3 days/])
})

/** Opens a connection on which no handshake begins. */
async function openSilently(port: number) {
  const socket = connectPlainly(port, '127.0.0.1')
  const closed = new Promise(resolve => socket.on('error', () => undefined).on('close', resolve))
  await once(socket.resume(), 'connect')
  return { socket, closed }
}

t.test('one client has so many connections and no more', async t => {
  const { port, stop } = await startWith(tls, { ...usualLimits, connectionsOfOne: 2 })
  t.teardown(stop)
  const refused = (): number => a.counters.snapshot()['key server connections refused'] ?? 0
  const [one, two] = [await openSilently(port), await openSilently(port)]
  const before = refused()
  await (
    await openSilently(port)
  ).closed
  t.equal(refused(), before + 1)
  one.socket.end()
  await one.closed
  t.match(await ask({ ca: second.certificate, port }), 'TLSv1.3', 'there is room again')
  two.socket.destroy()
})

t.test('a handshake that does not begin ends', async t => {
  const { port, stop } = await startWith(tls, { ...usualLimits, request: 100 })
  t.teardown(stop)
  const failed = (): number => a.counters.snapshot()['key server handshakes failed'] ?? 0
  const before = failed()
  await (
    await openSilently(port)
  ).closed
  t.equal(failed(), before + 1)
})

t.test('what is no pair stops the start and names the key', async t => {
  const refused = (message: RegExp, code = 'config-invalid') => t.rejects(startWith(tls), { code, message })
  await writeFile(tls.key, first.key)
  await refused(/do not belong together/)
  await writeFile(tls.key, 'no key')
  await refused(/http\.certificate_key holds no private key/)
  await chmod(tls.key, 0o644)
  await refused(/chmod 600/)
  await t.rejects(startWith({ ...tls, key: join(folder, 'away') }), {
    code: 'secret-missing',
    message: /http\.certificate_key/,
  })
  await t.rejects(startWith({ ...tls, certificate: join(folder, 'away') }), {
    code: 'config-invalid',
    message: /http\.certificate cannot be read/,
  })
  await writeFile(tls.certificate, 'no certificate')
  await chmod(tls.key, 0o600)
  await refused(/http\.certificate holds no certificate/)
})

function startWith(files: typeof tls, limits = usualLimits) {
  return startHttp({ listen, tls: files, limits, keyServer, x509, clock, counters: a.counters, log })
}
