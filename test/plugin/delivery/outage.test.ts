// A server that is cut off: for an hour, which is less than the patience that senders have by default, and over another one's restart.
import t from 'tap'
import { parseUserAddress } from '../../../plugin/addresses.js'
import { settled } from '../../_counted-work.js'
import { enrol } from '../../_enrol.js'
import { startMemoryServers } from '../../_memory-servers.js'

const alice = parseUserAddress('alice@a.example')
const bob = parseUserAddress('bob@b.example')
const hour = 3_600_000

t.test('what was accepted before arrives once and in order, and nobody is told that it does not', async t => {
  const lab = await startMemoryServers({ names: ['a', 'b', 'c'], profile: 'paranoid', patience: 3 * hour })
  t.teardown(() => lab.stop())
  const [a, b] = lab.servers
  if (!a || !b) throw new Error('Three were started.')
  await enrol(lab, [alice, bob])
  const failed: string[] = []
  a.host.onFailed((_, { code }) => void failed.push(code))
  const texts = Array.from({ length: 5 }, (_, number) => `before the cut: ${String(number)}`)
  for (const text of texts) await lab.elapse(a.say(alice, bob, text))
  lab.network.setReachable(b.domain, false)
  const until = lab.clock.now() + hour
  while (lab.clock.now() < until) {
    lab.clock.advance(Math.max(1, (lab.clock.next() ?? until) - lab.clock.now()))
    await settled(2)
  }
  lab.network.setReachable(b.domain, true)
  await lab.until(() => a.service.waiting === 0, 2 * hour)
  t.same(
    b.shown.filter(({ contact }) => contact === alice).map(({ body }) => body),
    texts,
  )
  t.same(failed, [])
})

t.test('who restarts while another server is away sends nothing through that one', async t => {
  const lab = await startMemoryServers({ names: ['a', 'b', 'c'], routeLength: 2 })
  t.teardown(() => lab.stop())
  const [a, b, c] = lab.servers
  if (!a || !b || !c) throw new Error('Three were started.')
  await enrol(lab, [alice, bob])
  lab.network.setReachable(c.domain, false)
  // What it knows of the contexts of the one that is away comes from the other one.
  await lab.elapse(a.restart())
  await lab.until(() => a.service.reachable().includes(b.domain))
  for (let number = 0; number < 5; number++) await lab.elapse(a.say(alice, bob, `past it: ${String(number)}`))
  await lab.until(() => a.service.waiting === 0)
  t.same(b.shown.filter(({ contact }) => contact === alice).length, 5)
  t.same(
    a.journey.filter(({ event, context }) => event === 'added hop' && String(context).endsWith(c.domain)),
    [],
  )
})
