// Three real servers with a compiled plugin each: processes are killed and held still, links cut, clocks set wrong, cells lost.
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import database from 'knex'
import { askControl } from '../../adapters/control/index.js'
import { contactAddress } from '../../adapters/xmpp/escaping.js'
import { parseUserAddress } from '../../plugin/addresses.js'
import { profiles } from '../../plugin/profiles.js'
import { createFakedClock, removeLeftClocks, type FakedClock } from '../lab/faked-clock.js'
import { startNetwork, type Network, type ServerName } from '../lab/network.js'
import { startPlugins } from '../lab/plugins.js'
import { s2sPort } from '../lab/host-server.js'
import type { Book } from './book.js'
import { startChatClient, type ChatClient } from './chat-client.js'
import type { FaultKind, Letter } from './fault.js'
import { createLabFaults } from './lab-faults.js'
import { startLinkProxy, type LinkProxy } from './link-proxy.js'
import { createInflict } from './real-inflict.js'
import { letters, type RealParts } from './real-parts.js'
import { startWatch } from './real-watch.js'
import type { World } from './world.js'

export interface RealWorldOptions {
  readonly book: Book
  /** Empty folder for everything that is written. */
  readonly folder: string
  /** Faults that it must be able to have; all that there are for it, unless they are given. */
  readonly kinds?: readonly FaultKind[]
  /** Servers that run on ejabberd; all others run on Prosody. */
  readonly ejabberd?: readonly ServerName[]
}

const profile = 'fast'
// As it is shipped.
const loops = 10
const allKinds: readonly FaultKind[] = [
  'kill',
  'host-kill',
  'host-pause',
  'cut',
  'black-hole',
  'split',
  'jump',
  'flood',
  'loss',
]

const seenByProsody: readonly FaultKind[] = ['flood', 'loss']

/** Starts servers, plugins and clients; resolves when everybody knows everybody. */
export async function startRealWorld(options: RealWorldOptions): Promise<World> {
  const { book, folder, kinds = allKinds, ejabberd = [] } = options
  const via = (from: ServerName, subnet: number, to: ServerName): string =>
    `127.0.${String(subnet)}.${String(100 + 10 * letters.indexOf(from) + letters.indexOf(to))}`
  const network = await startNetwork({ folder, via, ejabberd, faults: { marker: book.marker } })
  const links = new Map<string, LinkProxy>()
  for (const from of letters)
    for (const to of letters.filter(other => other !== from)) {
      const address = via(from, network.subnet, to)
      links.set(`${from} ${to}`, await startLinkProxy(address, network.servers[to].address, s2sPort))
    }
  const clocks = kinds.includes('jump') ? await createClocks(folder) : new Map<Letter, FakedClock>()
  const environment = (name: ServerName) => clocks.get(name)?.environment ?? {}
  const plugins = await startPlugins({ folder, servers: network.servers, profile, loops, environment })
  const refusals = new Map<string, () => void>()
  const clients = startClients(book, network, refusals)
  // Only Prosody has a module that sees what is spoken in its rooms, loses it and floods.
  const watched = letters.filter(letter => network.servers[letter].kind === 'prosody')
  const folders = new Map<Letter, string>(watched.map(letter => [letter, join(folder, letter)]))
  const lab = createLabFaults(folders, book, profiles[profile].interval)
  return createWorld(
    { book, network, plugins, links, clocks, lab, clients, refusals },
    { kinds: kinds.filter(kind => watched.length > 0 || !seenByProsody.includes(kind)), floods: watched },
  )
}

async function createClocks(folder: string): Promise<Map<Letter, FakedClock>> {
  const clocks = new Map<Letter, FakedClock>()
  for (const letter of letters) clocks.set(letter, await createFakedClock(join(folder, `clock-${letter}`)))
  return clocks
}

// The same kind of stanza tells that a message is not taken and that one which was taken does not arrive.
const unacknowledged = 'may have arrived'
const toldLater = [unacknowledged, 'knows no such user', 'could not open your message']

function startClients(
  book: Book,
  { users, servers }: Network,
  refusals: Map<string, () => void>,
): Map<string, ChatClient> {
  const clients = new Map<string, ChatClient>()
  for (const letter of letters) {
    const user = users[letter]
    const home = servers[letter].component.domain
    const contacts = new Map(
      letters.map(other => [
        contactAddress(parseUserAddress(users[other].address), home),
        users[other].address,
      ]),
    )
    const client = startChatClient(user, {
      shown(from, body) {
        const contact = contacts.get(from)
        if (contact !== undefined) book.shown(user.address, contact, body)
      },
      refused(id, condition, words) {
        if (toldLater.some(part => words.includes(part))) {
          book.failed(id, words.includes(unacknowledged) ? 'not-acknowledged' : condition)
          return
        }
        book.refused(id, condition)
        refusals.get(id)?.()
        refusals.delete(id)
      },
    })
    clients.set(user.address, client)
  }
  return clients
}

function createWorld(parts: RealParts, able: Pick<World, 'kinds' | 'floods'>): World {
  const { book, network, plugins, lab, clients, refusals } = parts
  const { users, servers } = network
  const watch = startWatch({ book, lab, pids: () => letters.map(letter => plugins.plugins[letter].pid) })
  let stopped: Promise<void> | null = null
  const addresses = letters.map(letter => users[letter].address)
  return {
    servers: letters,
    ...able,
    users: addresses,
    ...createInflict(parts),
    write(from, to, refused) {
      const home = servers[homeOf(from)].component.domain
      const client = clients.get(from)
      if (!client?.online) {
        refused()
        return
      }
      const { id, body } = book.write(from, to)
      refusals.set(id, refused)
      client.say(contactAddress(parseUserAddress(to), home), id, body)
    },
    pass: ms => delay(ms),
    async waiting() {
      const counts = await Promise.all(letters.map(letter => waitingAt(plugins.plugins[letter].folder)))
      return counts.reduce((sum, count) => sum + count, 0)
    },
    async inspect() {
      await watch.look()
      watch.stop()
      lab.finish()
      await plugins.stop()
      for (const letter of letters)
        book.onDisk(users[letter].address, await storedAt(plugins.plugins[letter].folder))
    },
    stop() {
      watch.stop()
      return (stopped ??= stopAll(parts))
    },
  }
}

async function stopAll({ clients, plugins, links, network, clocks }: RealParts): Promise<void> {
  for (const client of clients.values()) client.stop()
  await plugins.stop()
  for (const link of links.values()) await link.stop()
  await network.stop()
  if (clocks.size > 0) await removeLeftClocks()
}

function homeOf(user: string): ServerName {
  const letter = user.charAt(user.indexOf('@') + 1)
  return letters.find(name => name === letter) ?? 'a'
}

// A plugin that does not answer is starting: something may wait there.
async function waitingAt(folder: string): Promise<number> {
  try {
    const status = JSON.parse(await askControl(join(folder, 'data'), ['status', '--json'])) as {
      readonly sent: { readonly queued: number; readonly inFlight: number }
    }
    return status.sent.queued + status.sent.inFlight
  } catch {
    return 1
  }
}

/** How many messages the plugin took ever, and how many of them it still sends; it must be stopped. */
async function storedAt(folder: string): Promise<{ accepted: number; waiting: number }> {
  const connection = { filename: join(folder, 'data', 'p3do.db') }
  const db = database.knex({ client: 'sqlite3', connection, useNullAsDefault: true })
  try {
    const rows = await db<{ next: number }>('conversations').select('next')
    const waiting = (await db('outgoing').select('sequence')).length
    return { accepted: rows.reduce((sum, { next }) => sum + next, 0), waiting }
  } finally {
    await db.destroy()
  }
}
