// `--visit`: a.example dies in the middle; Alice goes on at c.example under her own address, and Bob notices nothing.
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { PluginError } from '../../plugin/errors.js'
import { announce, tell, type Scene } from './demo-act.js'
import { people, type RealParts } from './demo-stage.js'
import type { Listener, ShownMessage } from './go-sendxmpp.js'
import { exportKey, importKey } from './visit.js'

const longestWait = 150_000
const { Alice, Bob } = people
const plugin = 'p3do@p3do.c.example'

/** What it needs of the stage, and Alice's client at c.example. */
interface Visit extends RealParts {
  readonly scene: Scene
  readonly guest: Listener
}

/** Needs a real stage. */
export async function visit(scene: Scene): Promise<void> {
  const { real } = scene.stage
  if (real === null) return
  const { network, client } = real
  announce(scene, 'Alice has another account, guest@c.example, and keeps a copy of her key')
  const folder = join(real.plugins.a.folder, '..', 'clients')
  const passphrase = randomBytes(12).toString('hex')
  const key = await exportKey(folder, network.users.a, passphrase)
  tell('Alice', 'key export: a form, with a passphrase of her own; the file stays with her')
  const guest = await scene.begin(
    () => client.listen(network.guest),
    listener => listener.stop(),
  )
  for (const peer of ['a.example', 'b.example'])
    await scene.stage.journey.waitFor(
      step => step.event === 'fetched keys' && step.server === 'c' && step['peer'] === peer,
    )
  const parts = { ...real, scene, guest }
  await homeDies(parts)
  await begin(parts, folder, key, passphrase)
  await reached(parts)
  await homeReturns(parts)
}

async function homeDies({ scene, network, plugins, client }: Visit): Promise<void> {
  announce(scene, 'a.example dies: its chat server and its plugin are killed')
  await plugins.a.kill()
  await network.servers.a.kill()
  await client.send(network.users.b, Alice.address, 'Are you there, Alice?')
  tell('Bob', `writes to ${Alice.address}: Are you there, Alice?`)
}

async function begin(
  { scene, network, client, guest }: Visit,
  folder: string,
  key: string,
  passphrase: string,
): Promise<void> {
  announce(scene, 'Alice goes on as guest@c.example')
  const { status, notes = [] } = await importKey(folder, network.guest, key, passphrase)
  const said = notes.map(([, text]) => text).join(' ')
  if (status !== 'completed') throw new PluginError('visit-refused', said)
  tell('Alice', 'visit import: a form, with the file and its passphrase')
  const [first = ''] = said.split('\n')
  tell('  answer', first)
  await client.send(network.guest, plugin, `on ${Bob.address}`)
  await shown(guest, ({ from, text }) => from === plugin && text.includes(Bob.address))
  tell(
    'because',
    'c.example has checked her key by the copies of certificates that it has; a.example need not answer',
  )
  const text = 'My server is down, I am at c.'
  await client.send(network.guest, Bob.address, text)
  const { from } = await shown(scene.stage.shown.Bob, one => one.text === text)
  tell("Bob's", `client shows, from ${from}: ${text}`)
}

async function reached({ scene, network, client, guest }: Visit): Promise<void> {
  announce(scene, 'Bob need not know: after a minute of silence, b.example looks for her elsewhere')
  await seen(guest, 'Are you there, Alice?')
  await client.send(network.users.b, Alice.address, 'Good to hear.')
  await seen(guest, 'Good to hear.')
  tell(
    'because',
    'the onion carries a tag that c.example can tell, and opens with the mailbox key that she brought',
  )
}

async function homeReturns({ scene, network, plugins, client, guest }: Visit): Promise<void> {
  announce(scene, 'a.example is back')
  await network.servers.a.start()
  plugins.a.start()
  const alice = await scene.begin(
    () => client.listen(network.users.a),
    listener => listener.stop(),
  )
  const isOver = ({ from, text }: ShownMessage): boolean => from === plugin && text.includes('is over')
  const { text: word } = await shown(guest, isOver)
  tell('c.example', `tells a.example how far the talk went, and guest@c.example: ${word}`)
  await client.send(network.users.b, Alice.address, 'Welcome back, Alice.')
  await shown(alice, one => one.text === 'Welcome back, Alice.')
  tell("Alice's", 'client at a.example shows: Welcome back, Alice.')
  const old = alice.messages.items.filter(
    ({ from, text }) => from === Bob.address && /there|hear/u.test(text),
  )
  if (old.length > 0) throw new PluginError('internal', 'A message was shown at both servers.')
  tell('and', 'none of the others a second time')
}

async function seen(guest: Listener, text: string): Promise<void> {
  const { from } = await shown(guest, one => one.text === text)
  tell("Alice's", `client shows, from ${from}: ${text}`)
}

function shown(
  at: Listener | Listener['messages'],
  wanted: (message: ShownMessage) => boolean,
): Promise<ShownMessage> {
  const messages = 'messages' in at ? at.messages : at
  return messages.waitFor(wanted, longestWait)
}
