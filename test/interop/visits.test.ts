// Three real servers and stock clients: one, ejabberd, dies, its user goes on at another one, and contacts need not do anything.
import t from 'tap'
import { createClient, type Client, type Listener } from '../lab/go-sendxmpp.js'
import { startNetwork, type Network } from '../lab/network.js'
import { startPlugins, type Plugins } from '../lab/plugins.js'
import { exportKey, importKey } from '../lab/visit.js'
import { testFolder } from '../_folder.js'

const folder = testFolder(t)
const passphrase = 'only in these forms, 42'
const toBob = 'bob\\40b.example@p3do.c.example'
const toAlice = 'alice\\40a.example@p3do.b.example'
const silence = 150_000
let network: Network
let plugins: Plugins
let client: Client
let bob: Listener
let guest: Listener
let key: string

t.before(async () => {
  network = await startNetwork({ folder, ejabberd: ['a'] })
  plugins = await startPlugins({ folder, servers: network.servers, profile: 'fast' })
  client = await createClient(folder)
  bob = await client.listen(network.users.b)
  guest = await client.listen(network.guest)
  await client.send(network.users.a, 'p3do@p3do.a.example', 'help')
  await client.send(network.users.b, 'p3do@p3do.b.example', 'help')
  await client.send(network.guest, 'p3do@p3do.c.example', 'help')
  for (const [server, peer] of [
    ['b', 'a.example'],
    ['c', 'a.example'],
    ['c', 'b.example'],
  ] as const)
    await plugins.journey.waitFor(
      step => step.event === 'fetched keys' && step.server === server && step['peer'] === peer,
    )
  key = await exportKey(folder, network.users.a, passphrase)
})

t.teardown(async () => {
  await bob.stop()
  await guest.stop()
  await plugins.stop()
  await network.stop()
})

t.test('her server dies; with her exported key she writes from another one as herself', async t => {
  await plugins.plugins.a.kill()
  await network.servers.a.kill()
  await client.send(network.users.b, toAlice, 'are you there?')
  const imported = await importKey(folder, network.guest, key, passphrase)
  t.equal(imported.status, 'completed', JSON.stringify(imported))
  await client.send(network.guest, toBob, 'a is down, I am at c')
  const shown = await bob.messages.waitFor(({ text }) => text === 'a is down, I am at c', silence)
  t.equal(shown.from, toAlice)
})

t.test('what was written to her before, and is from now on, reaches her there', async t => {
  const shown = await guest.messages.waitFor(({ text }) => text === 'are you there?', silence)
  t.equal(shown.from, toBob)
  await client.send(network.users.b, toAlice, 'good to hear')
  t.equal((await guest.messages.waitFor(({ text }) => text === 'good to hear', silence)).from, toBob)
})

t.test('when her server is back, messages go there, each once, and the visit is over', async t => {
  const since = plugins.journey.items.length
  await network.servers.a.start()
  plugins.plugins.a.start()
  const alice = await client.listen(network.users.a)
  t.teardown(() => alice.stop())
  const over = await guest.messages.waitFor(({ text }) => text.includes(' is over: '), silence)
  t.ok(over)
  // Until then it would go where she was, and home only after minutes (PROTO s12.5).
  await plugins.journey.waitFor(
    step =>
      plugins.journey.items.indexOf(step) >= since &&
      step.event === 'hears' &&
      step.server === 'b' &&
      step['peer'] === 'a.example',
    silence,
  )
  await client.send(network.users.b, toAlice, 'welcome back')
  await alice.messages.waitFor(({ text }) => text === 'welcome back', silence)
  const all = [...alice.messages.items, ...guest.messages.items].map(({ text }) => text)
  for (const text of ['are you there?', 'good to hear', 'welcome back'])
    t.equal(all.filter(one => one === text).length, 1, text)
})
