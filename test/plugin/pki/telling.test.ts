// A word of a change reaches a peer that was away when it was said, and ends where it can not.
import t from 'tap'
import { createCounters } from '../../../adapters/counters.js'
import { systemRandom } from '../../../adapters/random.js'
import { parseDomain } from '../../../plugin/addresses.js'
import { createTelling } from '../../../plugin/pki/telling.js'
import type { Peer } from '../../../plugin/pki/index.js'
import type { Fingerprint } from '../../../plugin/ports.js'
import { settled } from '../../_counted-work.js'
import { addressOf, createFederated } from '../../_federated.js'
import { createVirtualClock } from '../../_virtual-clock.js'

const hour = 3_600_000
const b: Peer = {
  domain: parseDomain('b.example'),
  fingerprint: '04' as Fingerprint,
  address: addressOf('b.example'),
}

/** What tells one peer, which answers or not. */
function rig() {
  const clock = createVirtualClock()
  const state = { answers: true, isPeer: true, said: [] as string[] }
  const telling = createTelling({
    ask(_, topic) {
      state.said.push(topic)
      return state.answers ? Promise.resolve({}) : Promise.reject(new Error('Away.'))
    },
    isPeer: () => state.isPeer,
    clock,
    random: systemRandom,
    counters: createCounters(),
  })
  const pass = async (ms: number): Promise<void> => {
    for (let passed = 0; passed < ms; passed += 5000) {
      clock.advance(5000)
      await settled(2)
    }
  }
  return { telling, state, pass }
}

t.test('a peer that answers is told once', async t => {
  const { telling, state, pass } = rig()
  telling.tell('members', [b])
  await pass(hour)
  t.same(state.said, ['members'])
})

t.test('one that does not is told again until it answers, each topic for itself', async t => {
  const { telling, state, pass } = rig()
  state.answers = false
  telling.tell('members', [b])
  telling.tell('keys', [b])
  await pass(hour / 6)
  const before = state.said.length
  t.ok(before > 6 && before < 20, `${String(before)} times`)
  state.answers = true
  await pass(hour)
  t.same(state.said.slice(before).sort(), ['keys', 'members'])
})

t.test('that ends: after some hours, when it is a peer no more, and with the plugin', async t => {
  const ends = [() => undefined, (made: ReturnType<typeof rig>) => (made.state.isPeer = false)]
  for (const end of [...ends, ({ telling }: ReturnType<typeof rig>) => telling.stop()]) {
    const made = rig()
    made.state.answers = false
    made.telling.tell('members', [b])
    await made.pass(5000)
    end(made)
    await made.pass(8 * hour)
    const said = made.state.said.length
    t.ok(said <= 31, `${String(said)} times`)
    await made.pass(8 * hour)
    t.equal(made.state.said.length, said)
  }
})

t.test('servers: word of members that got lost on a cut link comes when it is whole again', async t => {
  const lab = createFederated()
  const [one, other] = [await lab.add('a', { peers: ['b'] }), await lab.add('b', { peers: ['a'] })]
  t.teardown(() => {
    for (const server of [one, other]) server.stop()
  })
  const heard: string[] = []
  other.federation.onTold('members', ({ domain }) => heard.push(domain))
  for (const { federation } of [one, other]) federation.start()
  await lab.pass(5000)
  lab.network.setLinked(one.domain, other.domain, false)
  one.federation.tell('members')
  await lab.pass(2000)
  lab.network.setLinked(one.domain, other.domain, true)
  t.same(heard, [])
  await lab.pass(60_000, 500)
  t.same(heard, [one.domain])
})
