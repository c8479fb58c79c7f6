// What stock clients tell each other and are shown besides texts: receipts, markers (XEP-0184, XEP-0333), and who is there.
import t from 'tap'
import { createClient, type Client, type Listener } from '../lab/go-sendxmpp.js'
import { startNetwork, type Network } from '../lab/network.js'
import { startPlugins, type Plugins } from '../lab/plugins.js'
import { startDevice } from '../lab/slixmpp-chat.js'
import { testFolder } from '../_folder.js'

const folder = testFolder(t)
const toBob = 'bob\\40b.example@p3do.a.example'
const toAlice = 'alice\\40a.example@p3do.b.example'
let network: Network
let plugins: Plugins
let client: Client
let alice: Listener
let bob: Listener

t.before(async () => {
  network = await startNetwork({ folder })
  plugins = await startPlugins({ folder, servers: network.servers, profile: 'fast' })
  client = await createClient(folder)
  alice = await client.listen(network.users.a)
  bob = await client.listen(network.users.b)
  await client.send(network.users.a, 'p3do@p3do.a.example', 'help')
  await client.send(network.users.b, 'p3do@p3do.b.example', 'help')
  for (const [server, peer] of [
    ['a', 'b.example'],
    ['b', 'a.example'],
  ] as const)
    await plugins.journey.waitFor(
      step => step.event === 'fetched keys' && step.server === server && step['peer'] === peer,
    )
})

t.teardown(async () => {
  await alice.stop()
  await bob.stop()
  await plugins.stop()
  await network.stop()
})

t.test(
  'what Alice’s client asks reaches Bob’s, and what his tells reaches hers under her own id',
  async t => {
    await client.raw(
      network.users.a,
      `<message to='${toBob}' type='chat' id='wish-1'><body>tell me</body>` +
        "<request xmlns='urn:xmpp:receipts'/><markable xmlns='urn:xmpp:chat-markers:0'/></message>",
    )
    const asked = await bob.stanzas.waitFor(text => text.includes('tell me'))
    t.match(asked, /<request[^>]*urn:xmpp:receipts/u)
    t.match(asked, /<markable[^>]*urn:xmpp:chat-markers:0/u)
    t.match(asked, /id=['"]wish-1['"]/u)
    await client.raw(
      network.users.b,
      `<message to='${toAlice}' type='chat' id='r1'><received xmlns='urn:xmpp:receipts' id='wish-1'/></message>` +
        `<message to='${toAlice}' type='chat' id='r2'><displayed xmlns='urn:xmpp:chat-markers:0' id='wish-1'/></message>`,
    )
    const receipt = await alice.stanzas.waitFor(text => /<received[^>]*urn:xmpp:receipts/u.test(text))
    t.match(receipt, /<received [^>]*id=['"]wish-1['"]/u)
    t.match(receipt, /from=['"]bob\\40b\.example@p3do\.a\.example/u)
    const marker = await alice.stanzas.waitFor(text => /<displayed[^>]*urn:xmpp:chat-markers:0/u.test(text))
    t.match(marker, /<displayed [^>]*id=['"]wish-1['"]/u)
    t.notOk(
      alice.messages.items.some(({ from }) => from === toBob),
      'nothing of it is shown as a text',
    )
  },
)

t.test('who logs in while the plugin is away is shown his contact as there when it is back', async t => {
  const [{ a }, { a: user }] = [plugins.plugins, network.users]
  const isThere = (text: string): boolean =>
    /^<presence(?![^>]*type=)[^>]* from=["']bob\\40b\.example@p3do\.a\.example["']/u.test(text)
  const before = await startDevice(folder, user, 'before')
  before.send(`<presence type='subscribe' to='${toBob}'/>`)
  await before.stanzas.waitFor(isThere)
  await before.stop()
  await a.stop()
  const device = await startDevice(folder, user, 'after')
  t.teardown(() => device.stop())
  await device.ask('get', 'a.example', "<query xmlns='http://jabber.org/protocol/disco#info'/>")
  t.notOk(device.stanzas.items.some(isThere), 'nobody says so meanwhile')
  a.start()
  await device.stanzas.waitFor(isThere)
})
