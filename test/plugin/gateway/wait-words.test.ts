// Whose message waits reads so, once, and knows who speaks: in that talk, or from the plugin where the address is the contact's own.
import t from 'tap'
import { parseUserAddress } from '../../../plugin/addresses.js'
import { createTellWaiting } from '../../../plugin/gateway/wait-words.js'
import type { ChatMessage } from '../../../plugin/ports.js'
import { startMemoryServers } from '../../_memory-servers.js'

const minute = 60_000

t.test(
  'a contact whose server is cut off: the sender reads that his messages wait, and they arrive later',
  async t => {
    const lab = await startMemoryServers({ names: ['a', 'b', 'c'], profile: 'default' })
    t.teardown(lab.stop)
    const [a, b] = lab.servers
    if (!a || !b) throw new Error('Three were started.')
    await lab.elapse(b.say('bob@b.example', null, 'key'))
    await lab.elapse(a.say('alice@a.example', null, 'key'))
    await lab.elapse(b.learns('alice@a.example'))
    await lab.elapse(a.learns('bob@b.example'))
    lab.network.setReachable(b.domain, false)
    for (const body of ['one', 'two']) await lab.elapse(a.say('alice@a.example', 'bob@b.example', body))
    const before = a.shown.length
    await lab.pass(1.5 * minute)
    t.same(a.shown.slice(before), [], 'not at once')
    await lab.until(() => a.shown.length > before, minute)
    await lab.pass(3 * minute)
    t.match(a.shown.slice(before), [{ user: 'alice@a.example', contact: 'bob@b.example' }])
    t.equal(a.shown.length, before + 1, 'once')
    t.match(
      a.shown[before]?.body,
      /^\(P3DO\) Your message is waiting: no way leads to your contact's server now; it is looked for at other servers, too/u,
    )
    lab.network.setReachable(b.domain, true)
    const bodies = () => b.shown.filter(({ contact }) => contact !== null).map(({ body }) => body)
    await lab.until(() => bodies().length === 2, 20 * minute)
    t.same(bodies(), ['one', 'two'])
  },
)

t.test('at the contact’s own address the plugin itself says it, and names the contact', async t => {
  const [user, recipient] = [parseUserAddress('alice@a.example'), parseUserAddress('bob@b.example')]
  for (const routed of [true, false]) {
    const told: ChatMessage[] = []
    const tell = createTellWaiting({
      users: { deliver: message => Promise.resolve(void told.push(message)) },
      transparent: { isRouted: () => Promise.resolve(routed) },
      guests: { facing: user => ({ user }) },
    })
    const message = { sender: user, recipient, kind: 'message', payload: Buffer.alloc(0), id: null } as const
    await tell(message, 'queued', 'wait-1')
    t.match(told, [{ user, contact: routed ? null : recipient, once: 'wait-1' }])
    t.match(
      told[0]?.body,
      routed ? /^\(P3DO\) Your message to bob@b\.example is waiting/u : /^\(P3DO\) Your message is/u,
    )
  }
})
