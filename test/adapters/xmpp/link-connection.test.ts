import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import t from 'tap'
import { createLink } from '../../../adapters/xmpp/link.js'
import type { PluginError } from '../../../plugin/errors.js'
import { caughtUp, createRig, nextChange } from './_rig.js'
import { streamHeader } from './_scripted-server.js'

const streamError = (condition: string) =>
  `<stream:error><${condition} xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>`

async function unusedService(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return `xmpp://127.0.0.1:${String(port)}`
}

t.test('it comes online, goes offline, and says so once each', async t => {
  const { link, online, counted } = await createRig(t)
  const changes: string[] = []
  link.onOnline(() => changes.push('online'))
  link.onOffline(() => changes.push('offline'))
  const stream = await online()
  t.ok(link.online)
  await Promise.all([link.stop(), stream.closed])
  t.notOk(link.online)
  t.match(stream.received(), /<\/stream:stream>$/)
  t.same(changes, ['online', 'offline'])
  t.equal(counted('xmpp-online'), 1)
})

t.test('a host that accepts twice is accepted once', async t => {
  const { online, counted } = await createRig(t)
  const stream = await online()
  stream.write('<handshake/>')
  await caughtUp(stream)
  t.equal(counted('xmpp-online'), 1)
})

t.test('a second start while it runs is refused', async t => {
  const { link, online } = await createRig(t)
  await online()
  await t.rejects(link.start(), { code: 'internal' })
})

t.test('it can be started again after a stop', async t => {
  const { link, online } = await createRig(t)
  await online()
  await link.stop()
  await online()
  t.ok(link.online)
})

t.test('an unreachable host is tried again, later each time, with a line that says what to do', async t => {
  const { link, clock, logged, lines } = await createRig(t, { service: await unusedService() })
  const started = link.start()
  for (let attempt = 1; attempt <= 8; attempt++) {
    await logged(attempt)
    clock.advance(60_000)
  }
  const waits = lines.slice(0, 8).map(line => Number(line.fields['wait']))
  waits.forEach((wait, failures) => {
    const base = Math.min(40_000, 1000 * 2 ** failures)
    t.ok(wait >= base && wait <= 1.5 * base, `attempt ${String(failures)} waits ${String(wait)} ms`)
  })
  t.match(
    lines[0]?.message,
    /ECONNREFUSED.*start the chat server, or correct the service address.*Next try in \d s/,
  )
  const rejected = t.rejects(started, { code: 'host-unreachable' })
  await link.stop()
  await rejected
})

t.test('a host that accepts and never answers is left after 10 s and tried again', async t => {
  const { link, clock, server, lines } = await createRig(t)
  const started = link.start()
  const silent = await server.connection()
  await silent.until(/<stream:stream /)
  clock.advance(9999)
  t.equal(lines.length, 0)
  clock.advance(1)
  await silent.closed
  t.match(lines[0]?.fields, { cause: 'silent' })
  clock.advance(1500)
  await Promise.all([server.accepted(), started])
  t.ok(link.online)
})

t.test('a host that answers the header and then nothing is left after 10 s too', async t => {
  const { link, clock, server } = await createRig(t)
  const started = link.start()
  const silent = await server.connection()
  await silent.until(/<stream:stream /)
  silent.write(streamHeader)
  await silent.until(/<handshake>/)
  clock.advance(10_000)
  await silent.closed
  clock.advance(1500)
  await Promise.all([server.accepted(), started])
  t.pass('connected again')
})

for (const [condition, words] of [
  ['not-authorized', /secret is wrong/],
  ['host-unknown', /does not know this component/],
  ['conflict', /another program is connected/],
] as const) {
  t.test(`${condition} ends the start with cause and fix, and nothing is tried again`, async t => {
    const { link, clock, server, counted } = await createRig(t)
    const refused = t.rejects(link.start(), { name: 'PluginError', code: 'host-refused', message: words })
    const stream = await server.connection()
    await stream.until(/<stream:stream /)
    stream.write(streamHeader)
    await stream.until(/<handshake>/)
    stream.write(streamError(condition))
    await Promise.all([refused, stream.closed])
    clock.advance(3_600_000)
    t.equal(counted('xmpp-connection-attempt'), 1)
  })
}

t.test('a refusal after it was online is reported, and nothing is tried again', async t => {
  const { link, clock, counted, online } = await createRig(t)
  const reported = new Promise<PluginError>(resolve => link.onRefused(resolve))
  const stream = await online()
  stream.write(streamError('conflict'))
  t.match(await reported, { code: 'host-refused' })
  clock.advance(3_600_000)
  t.equal(counted('xmpp-connection-attempt'), 1)
  t.notOk(link.online)
})

t.test('the wait grows with each loss, and begins anew once a connection held for a minute', async t => {
  const { link, clock, server, online, lines } = await createRig(t)
  let stream = await online()
  for (const base of [1000, 2000, 4000, 1000]) {
    const offline = nextChange(link, 'offline')
    stream.socket.destroy()
    await offline
    const wait = Number(lines.at(-1)?.fields['wait'])
    t.ok(wait >= base && wait <= 1.5 * base)
    clock.advance(wait)
    const again = nextChange(link, 'online')
    stream = await server.accepted()
    await again
    if (base === 4000) clock.advance(60_000)
  }
})

t.test('a host that stops answering is pinged twice and then left', async t => {
  const { link, clock, online, lines } = await createRig(t)
  const stream = await online()
  clock.advance(60_000)
  t.match((await stream.stanza('iq')).toString(), /to="p3do\.a\.example".*<ping xmlns="urn:xmpp:ping"/)
  clock.advance(60_000)
  await stream.stanza('iq')
  t.ok(link.online)
  clock.advance(60_000)
  await stream.closed
  t.match(lines.at(-1)?.fields, { cause: 'dead' })
})

t.test('a host that answers pings is kept', async t => {
  const { link, clock, online } = await createRig(t)
  const stream = await online()
  for (let minute = 0; minute < 10; minute++) {
    clock.advance(60_000)
    const ping = await stream.stanza('iq')
    stream.write(ping.toString())
    const echoed = await stream.stanza('iq')
    t.match(echoed.attrs, { type: 'result', to: 'p3do.a.example' })
  }
  t.ok(link.online)
})

t.test('only a service on this machine is accepted', t => {
  const log = { debug() {}, info() {}, warn() {}, error() {} }
  const make = (service: string) => () =>
    createLink({
      service,
      domain: 'p3do.a.example',
      secret: 's',
      log,
      counters: { count() {} },
      random: { octets: () => Buffer.alloc(0), below: () => 0, exponential: () => 0 },
    })
  for (const service of [
    'xmpp://127.0.0.1:5347',
    'xmpp://127.0.0.3:1',
    'xmpp://[::1]:5347',
    'xmpp://localhost:5347',
  ]) {
    t.doesNotThrow(make(service))
  }
  for (const service of [
    'xmpp://10.0.0.1:5347',
    'xmpp://host.example:5347',
    'xmpp://127.0.0.1.host.example:5347',
    'xmpps://127.0.0.1:5347',
    '127.0.0.1:5347',
    '',
  ]) {
    t.throws(make(service), { code: 'config-invalid', message: /without encryption.*tunnel/ })
  }
  t.end()
})
