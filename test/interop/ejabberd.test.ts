// The main job where one of the servers is Debian's ejabberd, attached with the lines that `p3do init --host ejabberd` writes.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { decryptKey, readPrivateKey } from 'openpgp'
import t from 'tap'
import { p3do, type Outcome } from '../adapters/cli/_program.js'
import { createClient, type Client, type Listener } from '../lab/go-sendxmpp.js'
import { startNetwork, type Network } from '../lab/network.js'
import { startPlugins, type Plugins } from '../lab/plugins.js'
import { createCommandClient } from '../lab/slixmpp-commands.js'
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
  network = await startNetwork({ folder, ejabberd: ['a'], dns: true })
  const { servers, names } = network
  plugins = await startPlugins({ folder, servers, profile: 'fast', names, loops: 10 })
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

// Before a login certificate is made, whose authority DNS does not name.
t.test('p3do doctor finds it healthy', async t => {
  const { code, out, err } = await doctor()
  t.equal(code, 0, out + err)
  t.match(out, /ok +The plugin runs, and its link to the host is up\./)
  t.match(out, /ok +A room at conference\.a\.example was made/)
  t.match(out, /ok +The chat server has the module mod_p3do/)
  t.match(out, /ok +The client port for a\.example .* speaks TLS 1\.3/)
  t.match(out, /ok +The server port takes the 125 kB\/s/)
  t.notMatch(out, /WRONG|unknown/)
})

t.test('commands are forms in a stock client: listed, filled in, refused, mended, and done', async t => {
  const component = 'p3do.a.example'
  const [own, other] = [
    await createCommandClient(join(folder, 'forms-a'), network.users.a),
    await createCommandClient(join(folder, 'forms-b'), network.users.b),
  ]
  t.teardown(() => Promise.all([own.stop(), other.stop()]))
  t.match(await own.list(component), { commands: { help: 'Help', erase: 'Erase me' } })
  t.same(await other.list(component), { condition: 'forbidden' })
  t.match(await own.begin(component, 'status'), { condition: 'forbidden' })
  const route = await own.begin(component, 'route')
  t.match(route, { status: 'executing', fields: { server: ['text-single', /Servers/, true] } })
  t.match(await own.goOn(route.session, 'complete', { server: '' }), {
    condition: 'bad-request',
    text: /^Servers.*fill this in\.$/,
  })
  t.match(await own.goOn(route.session, 'complete', { server: 'c.example b.example' }), {
    notes: [['info', 'Messages to b.example go by c.example, then b.example.']],
  })
  t.match((await own.begin(component, 'contacts')).rows, [['bob@b.example', 'trusted']])
  const warning = await own.begin(component, 'erase')
  t.match(await own.goOn(warning.session, 'next', { address: 'alice@a.example' }), {
    status: 'executing',
    instructions: /can not be undone/,
  })
  t.match(await own.goOn(warning.session, 'cancel'), { status: 'canceled' })
})

t.test('key and login certificate leave as files of forms, under passphrases', async t => {
  const own = await createCommandClient(join(folder, 'export-a'), network.users.a)
  t.teardown(() => own.stop())
  const passphrase = 'a passphrase of my own'
  const form = await own.begin('p3do.a.example', 'key export')
  const { values: key } = await own.goOn(form.session, 'complete', { passphrase })
  await decryptKey({ privateKey: await readPrivateKey({ armoredKey: key?.['file'] ?? '' }), passphrase })
  const { values: certificate, notes = [] } = await own.begin('p3do.a.example', 'certificate new')
  t.match(notes[0]?.[1], /passphrase, shown this once/)
  t.match(certificate, { file: /^-----BEGIN PKCS12-----\n/ })
})

t.test('cells that servers send to themselves come back, whichever host they are beside', async t => {
  for (const server of ['a', 'b', 'c'] as const) {
    await plugins.journey.waitFor(step => step.server === server && step['layer'] === 'loop')
    const { returned } = JSON.parse(await plugins.plugins[server].operate('status', '--json')) as {
      readonly returned: { readonly ratio: number | null }
    }
    t.ok((returned.ratio ?? 0) > 0, `${String(returned.ratio)} of them at ${server}`)
  }
})

function doctor(): Promise<Outcome> {
  const { address, component } = network.servers.a
  const env = {
    P3DO_SERVER_SERVICE: `xmpp://${address}:${String(component.port)}`,
    P3DO_DNS_RESOLVER: network.names?.server.resolver ?? '',
    P3DO_DNS_TRUST_ANCHORS: network.names?.server.trustAnchors.join(', ') ?? '',
  }
  return p3do(['doctor', '--config', join(plugins.plugins.a.folder, 'p3do.toml')], { env })
}

t.test(
  'after a restart of ejabberd it goes on by itself, also without the module, which the doctor misses',
  async t => {
    await alice.stop()
    const file = join(folder, 'a', 'p3do.yml')
    const snippet = await readFile(file, 'utf8')
    await writeFile(file, snippet.replace(/^    modules:\n      mod_p3do:\n.*\n/mu, ''))
    await network.servers.a.restart()
    alice = await client.listen(network.users.a)
    await client.send(network.users.b, aliceAtB, 'after the restart')
    t.equal((await alice.messages.waitFor(({ text }) => text === 'after the restart')).from, bobAtA)
    const { out } = await doctor()
    t.match(out, /warning +The chat server has no module mod_p3do .*\n +-> .*module_install mod_p3do/)
  },
)
