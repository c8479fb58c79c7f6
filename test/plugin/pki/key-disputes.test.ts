// A peer says that it sees another key of a third server than this server does: the admins are told, and nothing changes.
import t, { type Test } from 'tap'
import { wrapRequest } from '../../../plugin/pki/requests.js'
import type { Fingerprint } from '../../../plugin/ports.js'
import { addressOf, type FederatedServer } from '../../_federated.js'
import { federated, swapped } from '../../_swapped.js'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour
const foreign = (digits: string): Fingerprint => `04${digits.repeat(20)}` as Fingerprint

/** a, b and c, of whom c tells a what it pretends to see at b. */
async function rig(t: Test) {
  const lab = await federated(t, ['c'])
  const [c] = lab.others as [FederatedServer]
  const { a, b, clock } = lab
  const say = async (fingerprint: Fingerprint, since = clock.now()): Promise<void> => {
    const receiver = { domain: a.domain, certificate: a.identity.certificate }
    const body = { server: b.domain, fingerprint, since, seen: clock.now() }
    const { octets } = await wrapRequest(c.identity, clock, receiver, 'seen', body)
    await c.host.peers.ask(addressOf(a.domain), Buffer.concat([Buffer.of(2), octets]))
  }
  const alarms = () => a.complaints.filter(words => words.includes('says that it sees the key'))
  return { ...lab, c, say, alarms }
}

t.test('admins get to know who sees what, once this server has looked again', async t => {
  const { a, b, say, alarms, pass } = await rig(t)
  await say(foreign('ab'))
  t.same(alarms(), [], 'it may have been changed everywhere a moment ago')
  await pass(3 * minute, 1000)
  const known = b.identity.fingerprint.slice(2).toUpperCase()
  t.match(alarms(), [
    `c.example says that it sees the key ${'AB'.repeat(20)} at b.example; this server sees ${known} there.`,
  ])
  t.equal(a.count('peers that see another key'), 1)
  t.same(a.peers(), ['b.example', 'c.example'])
})

t.test(
  'what is said again is no news, and of one that says another key each time is told once a day',
  async t => {
    const { clock, say, alarms, pass } = await rig(t)
    const since = clock.now()
    await say(foreign('ab'), since)
    await pass(hour, minute)
    await say(foreign('ab'), since)
    await pass(hour, minute)
    for (const digits of ['cd', 'ef', '12']) {
      await say(foreign(digits), since)
      await pass(hour, minute)
    }
    t.equal(alarms().length, 1)
    await pass(day, 5 * minute)
    await say(foreign('34'), since)
    await pass(hour, minute)
    t.equal(alarms().length, 2)
  },
)

t.test('what was seen before this server looked is no dispute', async t => {
  const { a, b, clock, say, alarms, pass } = await rig(t)
  await say(b.identity.fingerprint)
  await pass(3 * minute, 1000)
  a.stop()
  await say(foreign('ab'), clock.now()).catch(() => null)
  await pass(3 * minute, 1000)
  t.same(alarms(), [])
})

t.test('a key that all of them see is told as that alone', async t => {
  const { a, others, pass } = await swapped(t, ['c'])
  await pass(5 * hour, minute)
  const said = [a, ...others].flatMap(({ complaints }) => complaints)
  t.notOk(said.some(words => words.includes('says that it sees')))
  t.ok(said.some(words => words.includes('A peer is suspended')))
})
