// Custody `client` on real servers: go-sendxmpp holds its user's key, the server certifies and publishes it, and other stock
// clients encrypt to it.
import t from 'tap'
import { createClient, type Client, type Listener } from '../lab/go-sendxmpp.js'
import { startNetwork, type Network } from '../lab/network.js'
import { startPlugins, type Plugins } from '../lab/plugins.js'
import { testFolder } from '../_folder.js'

// Registered before the folder is made, so that it comes before the folder is removed.
t.teardown(async () => {
  await alice.stop()
  await carol.stop()
  await plugins.stop()
  await network.stop()
})

const folder = testFolder(t)
const encrypted = { encrypted: true }
const aliceAtB = 'alice\\40a.example@p3do.b.example'
const aliceAtC = 'alice\\40a.example@p3do.c.example'
const carolAtA = 'carol\\40c.example@p3do.a.example'
let network: Network
let plugins: Plugins
let client: Client
let alice: Listener
let carol: Listener

t.before(async () => {
  network = await startNetwork({ folder })
  plugins = await startPlugins({ folder, servers: network.servers, profile: 'fast' })
  client = await createClient(folder)
  await client.makeKey(network.users.a)
  alice = await client.listen(network.users.a, encrypted)
  carol = await client.listen(network.users.c)
})

/** A user's stock client takes custody: it opens the code, and he writes it back. */
async function takeCustody(name: 'a' | 'b', listener: Listener): Promise<void> {
  const plugin = `p3do@p3do.${name}.example`
  await client.send(network.users[name], plugin, 'custody client')
  const { text } = await listener.messages.waitFor(item => item.encrypted && item.text.includes('Your code'))
  await client.send(network.users[name], plugin, `custody client ${/[0-9a-f]{16}/u.exec(text)?.[0] ?? ''}`)
  await listener.messages.waitFor(item => item.text.includes('is certified, and your client holds it'))
}

/** The plugins of these servers have asked the one of `peer` for its users since so many steps. */
async function learn(servers: string, peer: string, since: number): Promise<void> {
  for (const name of servers)
    await plugins.journey.waitFor(
      step =>
        plugins.journey.items.indexOf(step) >= since &&
        step.event === 'fetched keys' &&
        step.server === name &&
        step['peer'] === peer,
    )
}

t.test('the key that the client published is certified when the client has opened the code', async t => {
  const since = plugins.journey.items.length
  await takeCustody('a', alice)
  await learn('bc', 'a.example', since)
  t.pass()
})

t.test('a stock client encrypts to a key that is there only because the server published it', async t => {
  const { a, b } = network.users
  await client.makeKey(b)
  await client.removeKeys(a)
  // Whoever has asked before keeps the key: Bob's client has not, and finds nothing.
  await t.rejects(client.send(b, a.address, 'to nobody’s key', encrypted))
  const shown = alice.messages.items.length
  await client.send(a, 'p3do@p3do.a.example', 'custody client')
  await alice.messages.waitFor(
    item => alice.messages.items.indexOf(item) >= shown && item.text.includes('holds your key'),
  )
  await client.send(b, a.address, 'found on the account', encrypted)
  const message = await alice.messages.waitFor(item => item.text === 'found on the account')
  t.match(message, { from: 'bob@b.example', encrypted: true })
})

t.test('what a hosted user writes over P3DO, the stock client opens with its own key', async t => {
  const since = plugins.journey.items.length
  await client.send(network.users.c, 'p3do@p3do.c.example', 'help')
  await carol.messages.waitFor(item => item.text.includes('P3DO carries'))
  await learn('a', 'c.example', since)
  await client.send(network.users.c, aliceAtC, 'hosted to client')
  const message = await alice.messages.waitFor(item => item.text === 'hosted to client')
  t.match(message, { from: carolAtA, encrypted: true })
})

t.test('what the stock client encrypts, a hosted user reads', async t => {
  await client.send(network.users.a, carolAtA, 'client to hosted', encrypted)
  const message = await carol.messages.waitFor(item => item.text === 'client to hosted')
  t.match(message, { from: aliceAtC, encrypted: false })
})

t.test('what the stock client does not encrypt is refused', async t => {
  const chat = await client.chat(network.users.a, carolAtA)
  t.teardown(() => chat.stop())
  chat.say('in clear')
  t.match(await chat.stanzas.waitFor(text => text.includes('not-acceptable')), /has to encrypt/)
})

t.test('a hosted user’s published key: what a client sends to him past P3DO he can not read', async t => {
  await client.send(network.users.b, 'carol@c.example', 'past P3DO', encrypted)
  const message = await carol.messages.waitFor(item => item.from === 'bob@b.example')
  t.match(message.text, /^This message is encrypted/)
})

t.test(
  'between two clients it arrives as it is; go-sendxmpp wants its own address in it, not the one of the component',
  async t => {
    const bob = await client.listen(network.users.b, encrypted)
    t.teardown(() => bob.stop())
    const since = plugins.journey.items.length
    await takeCustody('b', bob)
    await learn('a', 'b.example', since)
    await client.send(network.users.b, aliceAtB, 'client to client', encrypted)
    const stanza = await alice.stanzas.waitFor(
      text => text.includes('bob\\40b.example@p3do.a.example') && text.includes('<openpgp'),
    )
    t.match(stanza, /urn:xmpp:eme:0/)
    await alice.stanzas.waitFor(text => text.includes('encrypted for wrong user'))
  },
)
