// Days and weeks: context keys change at midnight and routing keys each week, and nobody notices.
import t from 'tap'
import { epochOf } from '../../../plugin/mor/epoch.js'
import { startMorServers } from '../../_mor-servers.js'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour
const evening = Date.UTC(2026, 0, 1, 23, 50)

t.test('over midnight every cell is readable and every message arrives', async t => {
  const lab = await startMorServers(['a', 'b', 'c'], { interval: 250 }, evening)
  t.teardown(() => lab.stop())
  const [a, b, c] = lab.servers
  if (!a || !b || !c) throw new Error('Three were asked for.')
  await lab.pass(Date.UTC(2026, 0, 1, 23, 59, 40) - lab.clock.now(), 1000)
  const sent = Array.from({ length: 40 }, (_, number) => `number ${String(number)}`)
  for (const text of sent) {
    a.send(text, c.hop(), b.hop())
    await lab.pass(1000)
  }
  await lab.pass(10_000, 250)
  t.equal(epochOf(lab.clock.now()), epochOf(evening) + 1)
  t.same([...b.delivered].sort(), [...sent].sort())
  for (const server of lab.servers) {
    t.equal(server.count('cells not readable'), 0)
    t.equal(server.count('cells refused'), 0)
    t.equal(server.count('extra hops not possible'), 0)
  }
})

t.test('over three days: one cell each interval, all readable, a message each hour arrives', async t => {
  const interval = 5 * minute
  const lab = await startMorServers(['a', 'b', 'c'], { interval }, evening)
  t.teardown(() => lab.stop())
  const [a, b, c] = lab.servers
  if (!a || !b || !c) throw new Error('Three were asked for.')
  const spoken = new Map<string, number[]>()
  lab.network.onFrame(context => spoken.set(context, [...(spoken.get(context) ?? []), lab.clock.now()]))
  const sent: string[] = []
  for (let number = 0; number < 72; number++) {
    sent.push(`hour ${String(number)}`)
    a.send(sent.at(-1) ?? '', c.hop(), b.hop())
    await lab.pass(hour, minute)
  }
  await lab.pass(hour, minute)
  t.same([...b.delivered].sort(), [...sent].sort())
  for (const server of lab.servers) t.equal(server.count('cells not readable'), 0)
  t.equal(spoken.size, 3)
  for (const times of spoken.values()) {
    t.equal(times.length, (73 * hour) / interval)
    t.ok(times.slice(1).every((at, index) => at - (times[index] ?? 0) === interval))
  }
})

t.test('the keys of a context: three days of them, and the older ones are gone from the store', async t => {
  const lab = await startMorServers(['a', 'b'], { interval: hour }, evening)
  t.teardown(() => lab.stop())
  const [context] = lab.servers[0]?.mor.contexts ?? []
  const first = context?.epochs[0]
  await lab.pass(3 * day, 10 * minute)
  const today = epochOf(lab.clock.now())
  t.same(
    context?.epochs.map(({ epoch }) => epoch),
    [today - 1, today, today + 1],
  )
  t.notOk(context?.epochs.some(({ link }) => link.equals(first?.link ?? Buffer.alloc(0))))
  const keys = new Set(
    context?.epochs.map(({ link, key }) => link.toString('hex') + key.octets.toString('hex')),
  )
  t.equal(keys.size, 3)
})

t.test('routing keys: onions to last week’s key arrive until it dies, then it opens nothing', async t => {
  const lab = await startMorServers(['a', 'b'], { interval: hour }, evening)
  t.teardown(() => lab.stop())
  const [a, b] = lab.servers
  if (!a || !b) throw new Error('Two were asked for.')
  // Out to the other server and back, so that both need their keys.
  const [oldA, oldB] = [a.hop(), b.hop()]
  a.send('with the first keys', oldB, oldA)
  await lab.pass(8 * day, hour)
  t.notOk(b.hop().key.octets.equals(oldB.key.octets), 'there is a new key')
  a.send('with last week’s keys', oldB, oldA)
  a.send('with the new keys', b.hop(), a.hop())
  await lab.pass(10 * hour, hour)
  t.same(a.delivered.sort(), ['with last week’s keys', 'with the first keys', 'with the new keys'])
  await lab.pass(6 * day, hour)
  const before = b.count('onions not ours')
  a.send('with keys that are dead', oldB, oldA)
  await lab.pass(10 * hour, hour)
  t.equal(a.delivered.length, 3)
  t.ok(b.count('onions not ours') > before)
})
