// More servers, longer routes, more and fewer extra hops, and rooms that lose what is said in them.
import t, { type Test } from 'tap'
import type { Domain } from '../../plugin/ports.js'
import { startMemoryServers, type MemoryServers, type MemoryServersOptions } from '../_memory-servers.js'

async function started(t: Test, options: MemoryServersOptions) {
  const lab: MemoryServers = await startMemoryServers(options)
  t.teardown(() => lab.stop())
  const [a, b] = lab.servers
  if (!a || !b) throw new Error('Two servers or more.')
  await b.say('bob@b.example', null, 'help')
  await a.learns('bob@b.example')
  const bodies = () => b.shown.filter(({ contact }) => contact !== null).map(({ body }) => body)
  const total = (name: string) =>
    lab.servers.reduce((sum, { counters }) => sum + (counters.snapshot()[name] ?? 0), 0)
  return { ...lab, a, b, bodies, total }
}

for (const extraHops of [1, 2]) {
  t.test(`with ${String(extraHops)} extra hops at each server`, async t => {
    const names = ['a', 'b', 'c', 'd']
    const { a, bodies, until, servers, total } = await started(t, { names, extraHops })
    await a.say('alice@a.example', null, '/route c.example b.example')
    for (let number = 0; number < 8; number++)
      await a.say('alice@a.example', 'bob@b.example', `number ${String(number)}`)
    await until(() => total('messages acknowledged') === 8)
    t.equal(bodies().length, 8)
    // Onions of a message that was sent twice may still be on their way.
    await until(() => total('layers opened: speak') === total('extra hops added'))
    const added = total('extra hops added')
    t.ok(added >= 8, `${String(added)} added, each peeled by its context`)
    const hops = servers.flatMap(({ journey }) => journey.filter(({ event }) => event === 'added hop'))
    t.notOk(
      servers.some(({ domain, journey }) =>
        journey.some(({ event, context }) => event === 'added hop' && String(context).endsWith(domain)),
      ),
      'never an own context',
    )
    const chains = hops.filter(({ onion }) => hops.some(({ as }) => as === onion))
    t.equal(chains.length > 0, extraHops > 1, 'where lengths leave room, one around the other')
    for (const { onion, context } of chains)
      t.not(hops.find(({ as }) => as === onion)?.['context'], context, 'in another context')
  })
}

t.test('eight servers, routes of four: every message arrives, once', async t => {
  const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']
  const { a, b, bodies, until, servers, total, pass } = await started(t, { names, routeLength: 4 })
  for (const { service } of servers) t.equal(service.reachable().length, 8)
  for (const user of ['alice', 'anna', 'alan'])
    await a.say(`${user}@a.example`, 'bob@b.example', `from ${user}`)
  await until(() => total('messages acknowledged') === 3)
  await pass(2000)
  t.same(bodies().sort(), ['from alan', 'from alice', 'from anna'])
  t.equal(total('layers opened: forward'), 18, 'three each for a message and its acknowledgement')
  t.equal(total('cells refused') + total('onions refused') + total('cells not readable'), 0)
  await b.say('bob@b.example', 'anna@a.example', 'back to anna')
  await until(() => a.shown.at(-1)?.body === 'back to anna')
  t.equal(a.shown.at(-1)?.user, 'anna@a.example')
})

t.test(
  'without extra hops: every server speaks each onion once, and each server opens but its own layer',
  async t => {
    const { a, until, servers, total, pass } = await started(t, {
      names: ['a', 'b', 'c', 'd'],
      extraHops: 0,
    })
    await a.say('alice@a.example', null, '/route c.example b.example')
    await a.say('alice@a.example', 'bob@b.example', 'once')
    await until(() => total('messages acknowledged') === 1)
    await pass(1000)
    for (const { journey } of servers) {
      const spoken = journey.filter(({ event }) => event === 'spoke').map(({ onion }) => onion)
      t.equal(spoken.length, 5, 'the onion and what was in it, and the three of the acknowledgement')
      t.equal(new Set(spoken).size, 5)
    }
    const peelers = servers.flatMap(({ domain, journey }) =>
      journey.filter(({ event }) => event === 'peeled').map(({ layer }) => `${domain} ${String(layer)}`),
    )
    t.equal(peelers.length, 5)
    for (const peeler of ['c.example forward', 'b.example deliver', 'a.example deliver'])
      t.ok(peelers.includes(peeler), peeler)
    t.equal(total('extra hops added'), 0)
  },
)

t.test(
  'half the frames of one room are lost: every message arrives while others carry the flood',
  async t => {
    let lost = 0
    const loses = (listener: Domain, context: string, frame: string): boolean => {
      if (!context.endsWith('conference.a.example')) return false
      // What d misses the others hear, and the other way round.
      const misses = frame.charCodeAt(100) % 2 === (listener === 'd.example' ? 1 : 0)
      if (misses) lost++
      return misses
    }
    const { a, bodies, until } = await started(t, { names: ['a', 'b', 'c', 'd'], loses })
    const sent = Array.from({ length: 12 }, (_, number) => `number ${String(number)}`)
    for (const body of sent) await a.say('alice@a.example', 'bob@b.example', body)
    await until(() => bodies().length === sent.length)
    t.same(bodies(), sent)
    t.ok(lost > 50)
  },
)

t.test('after a restart a server hears, speaks and delivers again, and what passed stays passed', async t => {
  const { a, b, bodies, until, servers } = await started(t, { names: ['a', 'b', 'c'] })
  await a.say('alice@a.example', 'bob@b.example', 'before')
  await until(() => bodies().length === 1)
  await servers[2]?.restart()
  await b.restart()
  await until(() => servers.every(({ service }) => service.reachable().length === 3))
  await a.say('alice@a.example', 'bob@b.example', 'after')
  await until(() => bodies().includes('after'))
  t.same(bodies(), ['before', 'after'])
})

t.test('no frame is of another length, and none comes between the ticks', async t => {
  const { a, bodies, until, network, clock } = await started(t, { names: ['a', 'b', 'c'] })
  const frames: { context: string; at: number; length: number }[] = []
  network.onFrame((context, frame) => frames.push({ context, at: clock.now(), length: frame.length }))
  for (let number = 0; number < 20; number++)
    await a.say('alice@a.example', 'bob@b.example', `number ${String(number)}`)
  await until(() => bodies().length === 20)
  t.ok(frames.every(({ length }) => length === 2732))
  for (const room of new Set(frames.map(({ context }) => context))) {
    const times = frames.filter(({ context }) => context === room).map(({ at }) => at)
    t.ok(times.slice(1).every((at, index) => at - (times[index] ?? 0) === 25))
  }
})

t.test('of nine servers each listens to six', async t => {
  const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i']
  const { servers, pass, stop } = await startMemoryServers({ names, profile: 'paranoid' })
  t.teardown(stop)
  const kinds = ['cover heard', 'onions heard', 'onions ignored']
  const heard = () =>
    servers.map(({ counters }) => kinds.reduce((sum, kind) => sum + (counters.snapshot()[kind] ?? 0), 0))
  // Each says 4 cells a second; how soon all have settled depends on how fast the machine computes.
  const window = async (): Promise<number[]> => {
    const before = heard()
    await pass(5000)
    return heard().map((count, index) => (count - (before[index] ?? 0)) / 20)
  }
  let each = await window()
  for (let tries = 0; tries < 10 && each.some(count => count !== 6); tries++) each = await window()
  t.same(
    each,
    names.map(() => 6),
  )
})
