// What comes over a raw socket: half requests, slow ones, wrong methods, too many connections. The ring stays as it is.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import t, { type Test } from 'tap'
import { startHttp } from '../../../adapters/http/index.js'
import { usualLimits, type SocketLimits } from '../../../adapters/http/listener.js'
import { armorCertificates } from '../../../plugin/openpgp/index.js'
import { revokedKey } from '../../_certificates.js'
import { aliceAddress, createKeyServers } from '../../_key-servers.js'

const { a, alice, clock, entry, keyServer, x509 } = await createKeyServers()
const before = await entry('user', aliceAddress)
const errors: string[] = []
const ignore = (): undefined => undefined
const log = {
  debug: ignore,
  info: ignore,
  warn: ignore,
  error: (_: object, words: string) => void errors.push(words),
}
const counted = (name: string): number => a.counters.snapshot()[name] ?? 0

// News that would be taken if they came whole.
const form = `keytext=${encodeURIComponent(armorCertificates(revokedKey(alice, clock.now()).octets))}`
const add = `POST /pks/add HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\n`
const wholeLength = `Content-Length: ${form.length}\r\n\r\n`

async function start(t: Test, limits: Partial<SocketLimits> = {}): Promise<number> {
  const http = await startHttp({
    listen: { host: '127.0.0.1', port: 0 },
    tls: null,
    limits: { ...usualLimits, ...limits },
    keyServer,
    x509,
    clock,
    counters: a.counters,
    log,
  })
  t.teardown(() => http.stop())
  return http.port
}

async function open(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  return socket
}

/** All that comes until the other side closes; where a reset comes first, what was there till then. */
function answerTo(socket: Socket): Promise<string> {
  return new Promise(resolve => {
    let answer = ''
    socket.setEncoding('latin1').on('data', (octets: string) => (answer += octets))
    socket.on('error', ignore).on('close', () => {
      resolve(answer)
    })
  })
}

async function said(port: number, octets: string, andEnd = false): Promise<string> {
  const socket = await open(port)
  const answer = answerTo(socket)
  socket.write(octets)
  if (andEnd) socket.end()
  return answer
}

async function isUnchanged(t: Test): Promise<void> {
  t.same(await entry('user', aliceAddress), before, 'the ring is as it was')
  t.same(errors, [], 'and nothing is an error of ours')
}

t.test('what does not come whole in time is answered with 408 and closed', async t => {
  const port = await start(t, { request: 100 })
  for (const [name, octets] of [
    ['nothing', ''],
    ['half a line', 'GET /pks/loo'],
    ['half a head', 'GET / HTTP/1.1\r\nHost: a\r\n'],
    ['a head without its body', add + wholeLength],
    ['half a body', add + wholeLength + form.slice(0, 100)],
    ['a body without its last octet', add + wholeLength + form.slice(0, -1)],
    ['half a chunk', `${add}Transfer-Encoding: chunked\r\n\r\n${form.length.toString(16)}\r\nkeytext=`],
  ] as const)
    t.match(
      await said(port, octets),
      /^HTTP\/1\.1 408 Request Timeout\r\nAccess-Control-Allow-Origin: \*\r\n/,
      name,
    )
  t.equal(counted('key server requests refused: request timeout'), 7)
  await isUnchanged(t)
})

t.test('octets that drip do not lengthen the time', async t => {
  const port = await start(t, { request: 150 })
  for (const octets of [add, add + wholeLength]) {
    const socket = await open(port)
    const answer = answerTo(socket)
    socket.write(octets)
    const dripping = setInterval(() => socket.writable && socket.write('x'), 5)
    t.match(await answer, /^HTTP\/1\.1 408 /)
    clearInterval(dripping)
  }
  await isUnchanged(t)
})

const far = Buffer.alloc(8_000_000, 'x')
const tooMuch = {
  'with its length': Buffer.concat([Buffer.from(`${add}Content-Length: ${far.length}\r\n\r\n`), far]),
  'in a chunk': Buffer.concat([
    Buffer.from(`${add}Transfer-Encoding: chunked\r\n\r\n${far.length.toString(16)}\r\n`),
    far,
    Buffer.from('\r\n0\r\n\r\n'),
  ]),
}

t.test('who brings far too much, however he says so, gets the answer before he is hung up on', async t => {
  const port = await start(t)
  for (const [name, octets] of Object.entries(tooMuch))
    for (let time = 0; time < 10; time++) {
      const socket = await open(port)
      const answer = answerTo(socket)
      socket.write(octets)
      t.match(await answer, /^HTTP\/1\.1 413 /, name)
    }
  await isUnchanged(t)
})

t.test('who goes on and on after that is hung up on all the same', async t => {
  const socket = connect({ port: await start(t), host: '127.0.0.1', allowHalfOpen: true })
  const answer = answerTo(socket)
  socket.write(`${add}Content-Length: 100000000\r\n\r\n`)
  const goOn = (): void => {
    if (!socket.destroyed) socket.write('x', () => setImmediate(goOn))
  }
  goOn()
  t.match(await answer, /^HTTP\/1\.1 413 /)
})

t.test('who leaves in the middle changes nothing', async t => {
  const port = await start(t)
  for (const octets of ['GET / HT', add + wholeLength, add + wholeLength + form.slice(0, -1)]) {
    t.match(await said(port, octets, true), /^HTTP\/1\.1 400 |^$/)
    const socket = await open(port)
    socket.write(octets)
    socket.resetAndDestroy()
  }
  t.match(await said(port, 'GET / HTTP/1.0\r\n\r\n'), /^HTTP\/1\.1 200 /, 'and others are served')
  await isUnchanged(t)
})

t.test('a wrong method is told the right ones, and what is no method is no request', async t => {
  const port = await start(t)
  const last = 'HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'
  for (const [line, status, allowed] of [
    ['DELETE /pks/add', 405, 'POST, OPTIONS'],
    ['GET /pks/add', 405, 'POST, OPTIONS'],
    ['PUT /pks/lookup?op=get', 405, 'GET, HEAD, OPTIONS'],
    ['PATCH /pks/v2/canonical/xmpp:alice@a.example', 405, 'GET, HEAD, PUT, OPTIONS'],
    ['TRACE /', 405, 'GET, HEAD, OPTIONS'],
    ['PROPFIND /', 405, 'GET, HEAD, OPTIONS'],
    ['OPTIONS *', 404, null],
    ['BREW /', 400, null],
    ['get /', 400, null],
  ] as const) {
    const answer = await said(port, `${line} ${last}`)
    t.match(answer, new RegExp(`^HTTP/1\\.1 ${status} `), line)
    t.match(answer, /^access-control-allow-origin: \*\r$/im, line)
    if (allowed !== null) t.match(answer, `\r\nallow: ${allowed}\r\n`, line)
  }
  t.equal(await said(port, `CONNECT a:443 ${last}`), '', 'nor is this a proxy')
  await isUnchanged(t)
})

t.test('what is written wrongly is answered with its status and closed', async t => {
  const port = await start(t)
  const chunk = `1000\r\n${'x'.repeat(4096)}\r\n`
  for (const [octets, status] of [
    ['<stream>\r\n\r\n', 400],
    ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
    ['GET / HTTP/1.1\r\n\r\n', 400],
    ['GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['GET /%zz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n', 400],
    [`${add}Content-Length: -1\r\n\r\n`, 400],
    [`${add}Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef`, 400],
    [`${add}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, 400],
    [`${add}Transfer-Encoding: gzip\r\n\r\n`, 400],
    [`${add}Transfer-Encoding: chunked\r\n\r\nzz\r\n`, 400],
    [`${add}Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n${chunk.repeat(17)}`, 413],
    [`${add}Content-Length: 65537\r\nConnection: close\r\n\r\n`, 413],
    [`GET /vks/v1/by-email/${'a'.repeat(1101)} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`, 414],
    [`${add}Expect: money\r\nConnection: close\r\n${wholeLength}${form}`, 417],
    [`GET /${'a'.repeat(20_000)} HTTP/1.1\r\n`, 431],
  ] as const)
    t.match(
      await said(port, octets),
      new RegExp(`^HTTP/1\\.1 ${status} `),
      JSON.stringify(octets.slice(0, 120)),
    )
  await isUnchanged(t)
})

t.test('who reads no answers is closed, and does not fill the memory', async t => {
  const port = await start(t, { silence: 100 })
  const socket = await open(port)
  const closed = new Promise<unknown>(resolve => socket.on('error', ignore).on('close', resolve))
  const questions = Buffer.from('GET / HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(1000))
  const asked = counted('key server requests')
  socket.pause()
  const write = (): void => {
    while (socket.writable && socket.write(questions));
  }
  socket.on('drain', write)
  write()
  await closed
  t.ok(
    counted('key server requests') - asked < 20_000,
    'no more was done than the buffers of the network hold',
  )
})

t.test('a connection on which nothing more is asked is closed', async t => {
  const port = await start(t, { pause: 100 })
  t.match(await said(port, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'), /^HTTP\/1\.1 200 /)
})

t.test('more connections than there may be are closed, and there is room when others leave', async t => {
  const port = await start(t, { connections: 2 })
  const ask = async (): Promise<string> => said(port, 'GET / HTTP/1.0\r\n\r\n')
  const [one, two] = [await open(port), await open(port)]
  const refused = counted('key server connections refused')
  t.equal(await ask(), '')
  t.equal(counted('key server connections refused'), refused + 1)
  const left = answerTo(one)
  one.write('GET / HTTP/1.0\r\n\r\n')
  t.match(await left, /^HTTP\/1\.1 200 /)
  t.match(await ask(), /^HTTP\/1\.1 200 /)
  two.destroy()
})
