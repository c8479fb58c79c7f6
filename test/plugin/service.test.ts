// The main job on the in-process host: a message and its answer through three servers, and what goes wrong on the way.
import t, { type Test } from 'tap'
import { startMemoryServers, type MemoryServers } from '../_memory-servers.js'

async function three(t: Test) {
  const lab: MemoryServers = await startMemoryServers({ names: ['a', 'b', 'c'] })
  t.teardown(() => lab.stop())
  const [a, b, c] = lab.servers
  if (!a || !b || !c) throw new Error('Three servers were asked for.')
  await b.say('bob@b.example', null, 'help')
  await a.learns('bob@b.example')
  return { ...lab, a, b, c }
}

t.test('Alice writes to Bob by the route that she chose, Bob answers by a random one', async t => {
  const { a, b, c, until } = await three(t)
  await a.say('alice@a.example', null, '/route c.example b.example')
  await a.say('alice@a.example', 'bob@b.example', 'Hello Bob')
  await until(() => b.shown.some(({ body }) => body === 'Hello Bob'))
  t.match(b.shown.at(-1), { user: 'bob@b.example', contact: 'alice@a.example', body: 'Hello Bob' })
  const steps = c.journey.map(({ event, layer }) => (layer === undefined ? event : `${event} ${layer}`))
  t.ok(steps.includes('peeled forward') && steps.includes('added hop'), 'c opened its layer and added a hop')
  await b.say('bob@b.example', 'alice@a.example', 'Hello Alice')
  await until(() => a.shown.some(({ body }) => body === 'Hello Alice'))
  t.match(a.shown.at(-1), { user: 'alice@a.example', contact: 'bob@b.example', body: 'Hello Alice' })
})

t.test('the very first message of a user arrives although his key is on its way yet', async t => {
  const { a, b, until } = await three(t)
  await a.say('anna@a.example', 'bob@b.example', 'I am new here')
  await until(() => b.shown.some(({ body }) => body === 'I am new here'))
  t.equal(b.shown.at(-1)?.contact, 'anna@a.example')
})

t.test('after a restart of all servers routes, rooms and keys are as before', async t => {
  const { a, b, servers, until, pass } = await three(t)
  const before = servers.map(({ service }) => service.fingerprint)
  for (const server of servers) await server.restart()
  await until(() => servers.every(({ service }) => service.reachable().length === 3))
  await pass(1000)
  t.same(
    servers.map(({ service }) => service.fingerprint),
    before,
  )
  const added = (): number =>
    servers.reduce((sum, { counters }) => sum + (counters.snapshot()['extra hops added'] ?? 0), 0)
  const hops = added()
  await a.say('alice@a.example', 'bob@b.example', 'still there?')
  await until(() => b.shown.some(({ body }) => body === 'still there?'))
  t.ok(added() > hops, 'the servers know each other’s members again')
})
