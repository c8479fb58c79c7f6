// A user whose server is away goes on at another one: contacts reach her without doing anything, and nothing is shown twice.
import t, { type Test } from 'tap'
import { parseUserAddress } from '../../../plugin/addresses.js'
import { startMemoryServers, type MemoryServer } from '../../_memory-servers.js'
import { beginVisit, credentialsOf } from '../../_visits.js'

const alice = parseUserAddress('alice@a.example')
const bob = parseUserAddress('bob@b.example')
const guest = parseUserAddress('guest@c.example')

const texts = ({ shown }: MemoryServer): string[] =>
  shown
    .filter(({ contact }) => contact !== null)
    .map(({ user, contact, body }) => `${user} < ${contact ?? ''}: ${body}`)

/** Four servers; Alice and Bob have talked, then a is gone. */
async function talk(t: Test) {
  const lab = await startMemoryServers({ names: ['a', 'b', 'c', 'd'] })
  const [a, b, c] = lab.servers
  if (!a || !b || !c) throw new Error('There are three.')
  t.teardown(() => lab.stop())
  await lab.elapse(a.say(alice, null, 'help'))
  await lab.elapse(b.say(bob, null, 'help'))
  await lab.elapse(Promise.all([a.learns(bob), b.learns(alice), c.learns(alice), c.learns(bob)]))
  await lab.elapse(a.say(alice, bob, 'hello'))
  await lab.elapse(b.say(bob, alice, 'hello Alice'))
  await lab.until(() => texts(a).length === 1 && texts(b).length === 1)
  await lab.until(() => a.service.waiting + b.service.waiting === 0)
  const credentials = await credentialsOf(a, alice)
  return { ...lab, a, b, c, credentials }
}

t.test(
  'while her server is away, Alice writes and is reached at another one, and nothing comes twice',
  async t => {
    const { a, b, c, until, pass, elapse, network, credentials } = await talk(t)
    network.setReachable(a.domain, false)
    await a.service.stop()
    a.host.abandon()
    await elapse(beginVisit(c, guest, credentials))
    await until(() => b.service.reachable().includes(c.domain) && c.service.reachable().includes(b.domain))
    await pass(60_000)
    await elapse(c.say(guest, bob, 'I am at c'))
    await until(() => texts(b).length === 2)
    t.equal(texts(b)[1], 'bob@b.example < alice@a.example: I am at c')
    await elapse(b.say(bob, alice, 'I see'))
    await until(() => texts(c).length === 1)
    t.same(texts(c), ['guest@c.example < bob@b.example: I see'])
    await until(() => b.service.waiting + c.service.waiting === 0)
    await elapse(b.say(bob, alice, 'and more'))
    network.setReachable(a.domain, true)
    await elapse(a.startAgain())
    await until(() => a.service.reachable().length === 4)
    await elapse(b.say(bob, alice, 'welcome back'))
    await until(() => b.service.waiting === 0, 600_000)
    await until(() => c.counters.snapshot()['homes of visitors told'] === 1)
    await pass(10_000)
    const all = [...texts(a), ...texts(c)].map(text => text.replace('guest@c.example', 'alice@a.example'))
    t.same(all.sort(), [
      'alice@a.example < bob@b.example: I see',
      'alice@a.example < bob@b.example: and more',
      'alice@a.example < bob@b.example: hello Alice',
      'alice@a.example < bob@b.example: welcome back',
    ])
    t.not(
      (await credentialsOf(a, alice)).mailbox.octets.toString('hex'),
      credentials.mailbox.octets.toString('hex'),
    )
  },
)
