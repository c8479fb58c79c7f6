// The gateway: what a user reads when all goes well, and what he reads when it does not.
import t from 'tap'
import { parseUserAddress } from '../../../plugin/addresses.js'
import { startMemoryServers } from '../../_memory-servers.js'

const lab = await startMemoryServers({ names: ['a', 'b', 'c'], admins: [parseUserAddress('root@a.example')] })
t.teardown(() => lab.stop())
const [a, b, c] = lab.servers
if (!a || !b || !c) throw new Error('Three servers were asked for.')
const [alice, bob] = ['alice@a.example', 'bob@b.example']

/** How many onions a has spoken, and messages it has sent. */
const gone = () => [
  a.journey.filter(({ event }) => event === 'spoke').length,
  a.counters.snapshot()['messages sent'] ?? 0,
]

t.test('help and greeting come from the plugin itself', async t => {
  await a.say(alice, null, 'help')
  t.match(a.shown.at(-1), {
    user: alice,
    contact: null,
    body: /To write to bob@b\.example, send your message to/,
  })
  await a.say(alice, null, 'good morning')
  t.match(a.shown.at(-1), { contact: null, body: /Write "help"/ })
})

t.test('an admin sees the peers in chat and on the command line, other users do not', async t => {
  const both =
    /^b\.example \(of the configuration\): federated, key [0-9A-F]{40}\nc\.example .*: federated, key [0-9A-F]{40}$/
  await a.say('root@a.example', null, 'peers list')
  t.match(a.shown.at(-1), { user: 'root@a.example', contact: null, body: both })
  t.match(await a.service.operate(['peers', 'list']), both)
  await a.say(alice, null, 'peers list')
  t.match(a.shown.at(-1), { user: alice, contact: null, body: /Write "help"/ })
})

t.test('the key that is told is the one that is published', async t => {
  await a.say(alice, null, 'key')
  const entry = await a.store.find('user', alice)
  t.ok(a.shown.at(-1)?.body.includes(entry?.fingerprint.slice(2).toUpperCase() ?? 'none'))
})

t.test('an unknown contact: the error says so, and nothing leaves', async t => {
  const before = gone()
  const unknown = { code: 'recipient-unknown', message: /nothing was sent/ }
  await t.rejects(a.say(alice, 'nobody@b.example', 'hello'), unknown)
  await t.rejects(a.say(alice, 'bob@nowhere.example', 'hello'), unknown)
  await lab.pass(500)
  t.same(gone(), before)
})

t.test('a contact who enrolled is known shortly after', async t => {
  await b.say(bob, null, 'help')
  await a.learns(bob)
  await a.say(alice, bob, 'hello')
  await lab.until(() => b.shown.some(({ body }) => body === 'hello'))
  t.match(b.shown.at(-1), { user: bob, contact: alice })
})

t.test('an empty message is refused', async t => {
  for (const body of ['', ' ', '\n\t']) await t.rejects(a.say(alice, bob, body), { code: 'message-empty' })
})

t.test('a message longer than a cell goes in parts and comes out as it was written', async t => {
  const body = 'Ω long message. '.repeat(500)
  await a.say(alice, bob, body)
  await lab.until(() => b.shown.at(-1)?.body === body)
  t.equal(b.shown.filter(({ body: shown }) => shown === body).length, 1)
})

t.test('a message longer than all parts can hold is refused, and nothing leaves', async t => {
  await lab.pass(10_000) // what is acknowledged still of the message before is none of this one
  const before = gone()
  await t.rejects(a.say(alice, bob, 'x'.repeat(300_000)), {
    code: 'message-too-long',
    message: /\d+ octets.*shorter/,
  })
  await lab.pass(500)
  t.same(gone(), before)
})

t.test('words that need escaping, in any script, come out as they were written', async t => {
  const body = `<b>&amp; "quoted" 'single'</b> ]]> ñ 漢字 🙂`
  await a.say(alice, bob, body)
  await lab.until(() => b.shown.at(-1)?.body === body)
  t.equal(b.shown.at(-1)?.body, body)
})

t.test('a text that begins like a command and is none goes to the contact', async t => {
  await a.say(alice, bob, '/me waves')
  await lab.until(() => b.shown.at(-1)?.body === '/me waves')
  t.equal(b.shown.at(-1)?.contact, alice)
})

t.test('a user of another domain is refused, and gets no key', async t => {
  await t.rejects(a.say('mallory@b.example', null, 'help'), { code: 'not-local' })
  await t.rejects(a.say('mallory@b.example', bob, 'hello'), { code: 'not-local' })
  t.equal(await a.store.loadHostedKey('mallory@b.example' as never), null)
})

t.test('a route with a dead middle server: an error that names it, and nothing leaves', async t => {
  await a.say(alice, bob, '/route c.example b.example')
  t.match(a.shown.at(-1)?.body, /c\.example, then b\.example/)
  // What is not acknowledged would be sent again in the middle of it.
  await lab.until(() => a.service.waiting === 0)
  lab.network.setReachable(c.domain, false)
  await lab.until(() => !a.service.reachable().includes(c.domain))
  const before = gone()
  await t.rejects(a.say(alice, bob, 'over the dead'), {
    code: 'route-unreachable',
    message: /c\.example.*Nothing was sent/,
  })
  await lab.pass(1000)
  t.same(gone(), before)
  t.notOk(b.shown.some(({ body }) => body === 'over the dead'))
})

t.test('with a random route instead, there is still one through the own server', async t => {
  await a.say(alice, bob, '/route b.example')
  await a.say(alice, bob, 'by another way')
  await lab.until(() => b.shown.at(-1)?.body === 'by another way')
  t.equal(b.shown.at(-1)?.contact, alice)
})

t.test('when the dead server is back, the route is taken again', async t => {
  lab.network.setReachable(c.domain, true)
  await lab.until(() => a.service.reachable().includes(c.domain))
  await a.say(alice, bob, '/route c.example b.example')
  const peeled = c.journey.length
  await a.say(alice, bob, 'over the living')
  await lab.until(() => b.shown.at(-1)?.body === 'over the living')
  t.ok(c.journey.slice(peeled).some(({ event, layer }) => event === 'peeled' && layer === 'forward'))
})

t.test('no secret and no text of any message lies in a counter or in the journey', async t => {
  for (const server of lab.servers) {
    const told = JSON.stringify([server.counters.snapshot(), server.journey])
    for (const word of ['alice', 'bob@', 'hello', 'by another way']) t.notMatch(told, word)
  }
})
