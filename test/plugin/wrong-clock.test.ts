// A server whose clock is wrong: nothing that it accepts is lost, and what it can't send it does not accept.
import t, { type Test } from 'tap'
import { parseUserAddress } from '../../plugin/addresses.js'
import { enrol } from '../_enrol.js'
import { startMemoryServers } from '../_memory-servers.js'
import { createMovedClock, type MovedClock } from '../faults/moved-clock.js'

const alice = parseUserAddress('alice@a.example')
const bob = parseUserAddress('bob@b.example')
const wrong = 25 * 3_600_000

/** Alice at a and Bob at b, who know each other's keys. */
async function rig(t: Test) {
  const clocks = new Map<string, MovedClock>()
  const rooms = { areSilent: false }
  const lab = await startMemoryServers({
    names: ['a', 'b', 'c'],
    loses: () => rooms.areSilent,
    between: (domain, ports) => {
      const clock = createMovedClock(ports.clock)
      clocks.set(domain, clock)
      return { ...ports, clock }
    },
  })
  t.teardown(() => lab.stop())
  const [a, b] = lab.servers
  if (!a || !b) throw new Error('Three were started.')
  await enrol(lab, [alice, bob])
  const failed: string[] = []
  a.host.onFailed((_, { code }) => void failed.push(code))
  return {
    ...lab,
    failed,
    rooms,
    set: (server: string, by: number) => clocks.get(server)?.set(by),
    say: (body: string) => lab.elapse(a.host.say({ user: alice, contact: bob, body, id: body })),
    fromAlice: () => b.shown.filter(({ contact }) => contact === alice).map(({ body }) => body),
  }
}

t.test('ahead at the sender: what is accepted arrives when the clock is right again', async t => {
  const { set, say, pass, until, fromAlice, failed } = await rig(t)
  set('a.example', wrong)
  await say('one')
  await pass(20_000)
  t.same(fromAlice(), [], 'nobody believes its vouchers')
  set('a.example', 0)
  await until(() => fromAlice().length > 0, 600_000)
  t.same(fromAlice(), ['one'])
  t.same(failed, [])
})

t.test('set ahead while a message is on its way: its sender has as much patience as before', async t => {
  const { rooms, set, say, pass, until, fromAlice, failed } = await rig(t)
  rooms.areSilent = true
  await say('one')
  set('a.example', wrong)
  await pass(50_000)
  t.same(failed, [])
  rooms.areSilent = false
  set('a.example', 0)
  await until(() => fromAlice().length > 0, 600_000)
  t.same(fromAlice(), ['one'])
  t.same(failed, [])
})

t.test('behind its own keys at the sender: refused, with words that name the clock', async t => {
  const { set, say, pass, until, fromAlice } = await rig(t)
  set('a.example', -wrong)
  await t.rejects(say('one'), { code: 'host-refused', message: /look at its clock/u })
  set('a.example', 0)
  await pass(1000)
  await say('two')
  await until(() => fromAlice().length > 0)
  t.same(fromAlice(), ['two'])
})

for (const [words, by] of [
  ['ahead', wrong],
  ['behind', -wrong],
] as const)
  t.test(`${words} at the recipient: what was sent meanwhile arrives when it is right again`, async t => {
    const { set, say, pass, until, fromAlice, failed } = await rig(t)
    set('b.example', by)
    await say('one')
    await pass(20_000)
    set('b.example', 0)
    await until(() => fromAlice().length > 0, 600_000)
    t.same(fromAlice(), ['one'])
    t.same(failed, [])
  })
