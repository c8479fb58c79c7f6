// The main job where one of the servers is Debian's ejabberd, attached with the lines that `p3do init --host ejabberd` writes.
import t from 'tap'
import { createClient, type Client, type Listener } from '../lab/go-sendxmpp.js'
import { startNetwork, type Network } from '../lab/network.js'
import { startPlugins, type Plugins } from '../lab/plugins.js'
import { testFolder } from '../_folder.js'

// Registered before the folder is made, so that it comes before the folder is removed.
t.teardown(async () => {
  await alice.stop()
  await bob.stop()
  await plugins.stop()
  await network.stop()
})

const folder = testFolder(t)
const bobAtA = 'bob\\40b.example@p3do.a.example'
const aliceAtB = 'alice\\40a.example@p3do.b.example'
let network: Network
let plugins: Plugins
let client: Client
let alice: Listener
let bob: Listener

t.before(async () => {
  network = await startNetwork({ folder, ejabberd: ['a'] })
  plugins = await startPlugins({ folder, servers: network.servers, profile: 'fast' })
  client = await createClient(folder)
  alice = await client.listen(network.users.a)
  bob = await client.listen(network.users.b)
})

t.test('a message goes from a user on ejabberd to one on Prosody, and an answer back', async t => {
  const { a, b } = network.users
  await client.send(b, 'p3do@p3do.b.example', 'help')
  await bob.messages.waitFor(({ text }) => text.includes('P3DO carries your messages'))
  await plugins.journey.waitFor(
    ({ event, server, peer }) => event === 'fetched keys' && server === 'a' && peer === 'b.example',
  )
  await client.send(a, bobAtA, 'from ejabberd')
  t.equal((await bob.messages.waitFor(({ text }) => text === 'from ejabberd')).from, aliceAtB)
  await client.send(b, aliceAtB, 'from Prosody')
  t.equal((await alice.messages.waitFor(({ text }) => text === 'from Prosody')).from, bobAtA)
})

t.test('onions were heard in the rooms of both kinds of host', async t => {
  const heardAt = (server: string): string[] =>
    plugins.journey.items
      .filter(step => step.event === 'heard' && step.server === server)
      .map(step => String(step['context']).split('@')[1] ?? '')
  t.ok(heardAt('b').includes('conference.a.example'))
  t.ok(heardAt('a').some(room => ['conference.b.example', 'conference.c.example'].includes(room)))
})

t.test('after a restart of ejabberd it goes on by itself', async t => {
  await alice.stop()
  await network.servers.a.restart()
  alice = await client.listen(network.users.a)
  await client.send(network.users.b, aliceAtB, 'after the restart')
  t.equal((await alice.messages.waitFor(({ text }) => text === 'after the restart')).from, bobAtA)
})
