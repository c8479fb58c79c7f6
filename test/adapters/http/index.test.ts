// The key server on a real socket: where it listens, what it does with broken and foreign requests.
import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { startHttp } from '../../../adapters/http/index.js'
import { createKeyServers } from '../../_key-servers.js'

const { a, app, clock, keyServer, x509 } = await createKeyServers({ requestsPerMinute: 1 })
const ignore = (): undefined => undefined
const log = { debug: ignore, info: ignore, warn: ignore, error: ignore }
const start = (port: number) =>
  startHttp({
    // As the configuration has it.
    listen: Object.freeze({ host: '127.0.0.1', port }),
    tls: null,
    keyServer,
    x509,
    clock,
    counters: a.counters,
    log,
  })

t.test('it answers until it is stopped, and no longer', async t => {
  const http = await start(0)
  const url = `http://127.0.0.1:${http.port}/pks/lookup?op=stats`
  t.equal((await fetch(url)).status, 200)
  await http.stop()
  await t.rejects(fetch(url))
})

t.test('a port that is in use stops the start and names the key', async t => {
  const http = await start(0)
  t.teardown(() => http.stop())
  await t.rejects(start(http.port), { code: 'config-invalid', message: /http\.listen/ })
})

t.test('what is no HTTP, and a body said to be too long, are answered and closed', async t => {
  const http = await start(0)
  t.teardown(() => http.stop())
  const head = 'POST /pks/add HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\n'
  for (const [octets, status] of [
    ['<stream>\r\n\r\n', 400],
    [`${head}Content-Length: 65537\r\n\r\n`, 413],
    [`GET /${'a'.repeat(20_000)} HTTP/1.1\r\n`, 431],
  ] as const) {
    const socket = connect(http.port, '127.0.0.1')
    await once(socket, 'connect')
    socket.write(octets)
    t.match(await text(socket), new RegExp(`^HTTP/1.1 ${status} `))
  }
})

t.test('a proxy of this machine says whose request it is, nobody else does', async t => {
  const ask = async (remoteAddress: string, forwarded: string) => {
    const headers = { 'x-forwarded-for': forwarded }
    return (await app.inject({ url: '/', remoteAddress, headers })).statusCode
  }
  t.equal(await ask('127.0.0.1', '192.0.2.1'), 200)
  t.equal(await ask('127.0.0.1', '192.0.2.2'), 200)
  t.equal(await ask('127.0.0.1', '192.0.2.2'), 429)
  t.equal(await ask('198.51.100.1', '192.0.2.3'), 200)
  t.equal(await ask('198.51.100.1', '192.0.2.4'), 429)
})
