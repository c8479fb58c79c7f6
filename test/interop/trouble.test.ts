// What goes wrong around a running plugin, with real processes: a line that names cause and fix and an exit code where
// only an admin can help, and patience where time can.
import { randomBytes } from 'node:crypto'
import { chmod, mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { createClient, type Client, type Listener } from '../lab/go-sendxmpp.js'
import { startNetwork, type Network, type ServerName } from '../lab/network.js'
import { startPlugins, type Plugins } from '../lab/plugins.js'
import { openUserStream } from './_hostile-stream.js'
import { addLine, initialise, run, toldBy, type Run } from './_trouble.js'
import { testFolder } from '../_folder.js'

const folder = testFolder(t)
const isRunning = (line: string) => line.includes('P3DO is running.')
let network: Network
let plugins: Plugins
let client: Client
let bob: Listener

t.before(async () => {
  network = await startNetwork({ folder })
  client = await createClient(folder)
})

t.teardown(() => network.stop())

/** A folder of its own with everything that a plugin of this server needs. */
async function prepared(name: string, server = network.servers.c): Promise<string> {
  const own = join(folder, `trouble-${name}`)
  await mkdir(own)
  return initialise(own, server)
}

/** The one line that a plugin ends with. */
async function lastWord(t: Test, running: Run, code: number): Promise<string> {
  t.equal(await running.ended, code)
  const told = toldBy(running)
  t.equal(told.length, 1, 'one line, nothing else')
  return told[0] ?? ''
}

const mistakes: Record<string, readonly [spoil: (own: string) => Promise<void>, line: RegExp]> = {
  'no secret file': [own => rm(join(own, 'secrets/component')), /There is no .*component; run p3do init/],
  'a secret that others may read': [
    own => chmod(join(own, 'secrets/seal'), 0o644),
    /Others may read .*; run: chmod 600/,
  ],
  'an unknown key': [own => addLine(own, 'colour = "red"'), /Unknown key .*colour/],
}
for (const [name, [spoil, line]] of Object.entries(mistakes)) {
  t.test(`${name} is one line and exit code 2`, async t => {
    const own = await prepared(name)
    await spoil(own)
    t.match(await lastWord(t, run(own, network.servers.c), 2), line)
  })
}

t.test('a wrong component secret is one line and exit code 1, without another try', async t => {
  const own = await prepared('secret')
  await writeFile(join(own, 'secrets/component'), 'not-the-secret', { mode: 0o600 })
  const running = run(own, network.servers.c)
  t.match(await lastWord(t, running, 1), /secret is wrong: give the host .* and the plugin .* the same one/)
  t.notOk(running.lines.items.some(line => line.includes('Next try')))
})

t.test('a component that the host does not know is one line and exit code 1', async t => {
  const own = await prepared('unknown')
  const running = run(own, network.servers.c, { P3DO_SERVER_COMPONENT: 'other.c.example' })
  t.match(await lastWord(t, running, 1), /does not know this component: add it to the host's configuration/)
})

t.test('a host on another machine is refused in one line, exit code 2', async t => {
  const running = run(await prepared('far'), network.servers.c, {
    P3DO_SERVER_SERVICE: 'xmpp://c.example:5347',
  })
  t.match(await lastWord(t, running, 2), /has to be on this machine.*lay a tunnel/)
})

t.test('a host that is away is one line for each try, until it is there', async t => {
  const { c } = network.servers
  const own = await prepared('away')
  await c.stop()
  const running = run(own, c)
  const tries = () => running.lines.items.filter(line => line.includes('Next try'))
  await running.lines.waitFor(() => tries().length === 2)
  t.match(tries()[0], /ECONNREFUSED.*nothing listens there; start the chat server/)
  await c.start()
  await running.lines.waitFor(isRunning)
  t.same(toldBy(running), [])
  running.signal('SIGTERM')
  t.equal(await running.ended, 0)
})

t.test(
  'a second plugin with the same data is refused, and one with other data displaces the first',
  async t => {
    const { c } = network.servers
    const own = await prepared('first')
    const first = run(own, c)
    await first.lines.waitFor(isRunning)
    t.match(await lastWord(t, run(own, c), 2), /is in use; stop the other p3do/)
    const second = run(await prepared('second'), c)
    t.match(await lastWord(t, first, 1), /another program is connected as it: stop that one/)
    await second.lines.waitFor(isRunning)
    const asked = Date.now()
    second.signal('SIGTERM')
    t.equal(await second.ended, 0)
    t.ok(Date.now() - asked < 5000, 'SIGTERM ends it soon')
  },
)

t.test('a room that is somebody else’s ends the plugin with a line', async t => {
  const { c } = network.servers
  const own = await prepared('squatted')
  await rm(roomData('c'), { recursive: true, force: true })
  const before = run(own, c)
  await before.lines.waitFor(isRunning)
  const [room = ''] = await roomsOn('c')
  before.signal('SIGTERM')
  await before.ended
  // The host forgets its rooms; then somebody makes one of that name.
  await c.stop()
  await rm(roomData('c'), { recursive: true })
  await c.start()
  const squatter = await openUserStream(network.users.c)
  squatter.write(`<presence to='${room}/me'><x xmlns='http://jabber.org/protocol/muc'/></presence>`)
  await squatter.until(/code='201'/)
  squatter.write(
    `<iq type='set' id='open' to='${room}'><query xmlns='http://jabber.org/protocol/muc#owner'><x xmlns='jabber:x:data' type='submit'/></query></iq>`,
  )
  t.match(await squatter.answer('open'), /type='result'/)
  t.match(
    await lastWord(t, run(own, c), 1),
    /does not grant the room that a context needs: it belongs to somebody else; .*remove the room/,
  )
  squatter.close()
})

t.test('a message passes once all plugins run', async test => {
  plugins = await startPlugins({ folder, servers: network.servers, profile: 'fast' })
  t.teardown(() => plugins.stop())
  bob = await client.listen(network.users.b)
  await client.send(network.users.b, 'p3do@p3do.b.example', 'help')
  await bob.messages.waitFor(({ text }) => text.includes('P3DO carries'))
  await plugins.journey.waitFor(
    ({ event, server, peer }) => event === 'fetched keys' && server === 'a' && peer === 'b.example',
  )
  await bob.stop()
  await messagePasses()
  test.pass('shown')
})

for (const name of ['a', 'b'] as const) {
  t.test(`after kill -9 the plugin of ${name} takes up its room, and a message passes`, async t => {
    const plugin = plugins.plugins[name]
    const before = await roomsOn(name)
    await plugin.kill()
    const since = Date.now()
    plugin.start()
    for (const server of ['a', 'b', 'c']) {
      if (server === name) continue
      const peer = `${server}.example`
      await plugins.journey.waitFor(
        step => step.event === 'hears' && step.server === name && step['peer'] === peer && step.time > since,
      )
    }
    t.equal(before.length, 1)
    t.same(await roomsOn(name), before, 'the same room')
    await messagePasses()
  })

  t.test(`after a restart of the host ${name} a message passes`, async t => {
    await network.servers[name].restart()
    await messagePasses()
    t.pass('shown')
  })
}

// Whoever is just coming back refuses, or loses what was under way: people write again then, and so does this.
async function messagePasses(): Promise<void> {
  bob = await client.listen(network.users.b)
  const word = randomBytes(12).toString('hex')
  try {
    for (let tries = 0; ; tries++) {
      await client.send(network.users.a, 'bob\\40b.example@p3do.a.example', word)
      const shown = bob.messages.waitFor(({ text }) => text === word, 3000)
      if (
        await shown.then(
          () => true,
          () => false,
        )
      )
        return
      if (tries === 24) throw new Error('No message passed.')
    }
  } finally {
    await bob.stop()
  }
}

// Prosody keeps each persistent room in a file of its name.
async function roomsOn(name: ServerName): Promise<string[]> {
  const files = await readdir(join(roomData(name), 'config'))
  return files.map(file => `${file.replace('.dat', '')}@conference.${name}.example`)
}

function roomData(name: ServerName): string {
  return join(folder, name, 'data', `conference%2e${name}%2eexample`)
}
