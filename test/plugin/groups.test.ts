// Two groups of servers that one server joins: a message crosses from one to the other, a flood does not.
import t from 'tap'
import { startMemoryServers } from '../_memory-servers.js'

t.test('a message crosses groups through the server that is in both, and comes back', async t => {
  const lab = await startMemoryServers({
    names: ['a', 'b', 'g', 'x', 'y'],
    groups: { a: ['west'], b: ['west'], g: ['west', 'east'], x: ['east'], y: ['east'] },
  })
  t.teardown(() => lab.stop())
  const [a, b, g, x, y] = lab.servers
  if (!a || !b || !g || !x || !y) throw new Error('Five servers were asked for.')
  await x.say('xenia@x.example', null, 'help')
  await a.learns('xenia@x.example')
  await a.say('alice@a.example', null, '/route b.example y.example x.example')
  await a.say('alice@a.example', 'xenia@x.example', 'from west to east')
  await lab.until(() => x.shown.some(({ body }) => body === 'from west to east'))
  t.ok(
    g.journey.some(({ event, layer }) => event === 'peeled' && layer === 'speak'),
    'g opened an extra hop',
  )
  t.equal(
    g.journey.filter(({ layer }) => layer === 'forward' || layer === 'deliver').length,
    0,
    'and nothing else',
  )

  await x.say('xenia@x.example', null, '/route y.example b.example a.example')
  await x.say('xenia@x.example', 'alice@a.example', 'and back')
  await lab.until(() => a.shown.some(({ body }) => body === 'and back'))

  const heardIn = (journey: typeof a.journey): string[] => [
    ...new Set(journey.filter(({ event }) => event === 'heard').map(({ onion }) => String(onion))),
  ]
  const west = new Set([...heardIn(a.journey), ...heardIn(b.journey)])
  const both = [...heardIn(x.journey), ...heardIn(y.journey)].filter(onion => west.has(onion))
  t.same(both, [], 'no onion is heard in both groups')
})

t.test('the first hop may be in the other group', async t => {
  const lab = await startMemoryServers({
    names: ['a', 'b', 'g', 'x', 'y'],
    groups: { a: ['west'], b: ['west'], g: ['west', 'east'], x: ['east'], y: ['east'] },
  })
  t.teardown(() => lab.stop())
  const [a, , , x] = lab.servers
  if (!a || !x) throw new Error('Five servers were asked for.')
  await x.say('xenia@x.example', null, 'help')
  await a.learns('xenia@x.example')
  await a.say('alice@a.example', null, '/route y.example x.example')
  await a.say('alice@a.example', 'xenia@x.example', 'straight into the east')
  await lab.until(() => x.shown.some(({ body }) => body === 'straight into the east'))
  await a.say('alice@a.example', null, '/route y.example b.example y.example x.example')
  const tooFar = a.say('alice@a.example', 'xenia@x.example', 'four from afar')
  await t.rejects(tooFar, { code: 'route-invalid', message: /three servers at most/ })
})
