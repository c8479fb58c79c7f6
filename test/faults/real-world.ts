// Three real Prosodys with a compiled plugin each: processes are killed and held still, links between servers are cut.
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import database from 'knex'
import { askControl } from '../../adapters/control/index.js'
import { contactAddress } from '../../adapters/xmpp/escaping.js'
import { parseUserAddress } from '../../plugin/addresses.js'
import { startNetwork, type Network, type ServerName } from '../lab/network.js'
import { startPlugins, type Plugins } from '../lab/plugins.js'
import { s2sPort } from '../lab/host-server.js'
import type { Book } from './book.js'
import { startChatClient, type ChatClient } from './chat-client.js'
import type { Fault, Letter } from './fault.js'
import { startLinkProxy, type LinkProxy } from './link-proxy.js'
import type { World } from './world.js'

export interface RealWorldOptions {
  readonly book: Book
  /** Empty folder for everything that is written. */
  readonly folder: string
}

const letters: readonly ServerName[] = ['a', 'b', 'c']

interface Parts {
  readonly book: Book
  readonly network: Network
  readonly plugins: Plugins
  readonly links: ReadonlyMap<string, LinkProxy>
  readonly clients: ReadonlyMap<string, ChatClient>
  /** Who may try again when a message is refused, by its id. */
  readonly refusals: Map<string, () => void>
}

/** Starts servers, plugins and clients; resolves when everybody knows everybody. */
export async function startRealWorld({ book, folder }: RealWorldOptions): Promise<World> {
  const via = (from: ServerName, subnet: number, to: ServerName): string =>
    `127.0.${String(subnet)}.${String(100 + 10 * letters.indexOf(from) + letters.indexOf(to))}`
  const network = await startNetwork({ folder, via })
  const links = new Map<string, LinkProxy>()
  for (const from of letters)
    for (const to of letters.filter(other => other !== from)) {
      const address = via(from, network.subnet, to)
      links.set(`${from} ${to}`, await startLinkProxy(address, network.servers[to].address, s2sPort))
    }
  const plugins = await startPlugins({ folder, servers: network.servers, profile: 'fast' })
  const refusals = new Map<string, () => void>()
  const clients = startClients(book, network, refusals)
  return createWorld({ book, network, plugins, links, clients, refusals })
}

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
      refused(id, condition) {
        book.refused(id, condition)
        refusals.get(id)?.()
        refusals.delete(id)
      },
    })
    clients.set(user.address, client)
  }
  return clients
}

function createWorld(parts: Parts): World {
  const { book, network, plugins, clients, refusals } = parts
  const { users, servers } = network
  let stopped: Promise<void> | null = null
  const addresses = letters.map(letter => users[letter].address)
  return {
    servers: letters,
    floods: [],
    users: addresses,
    kinds: ['kill', 'host-kill', 'host-pause', 'cut', 'split'],
    ...createInflict(parts),
    write(from, to, refused) {
      const home = servers[homeOf(from)].component.domain
      const client = clients.get(from)
      if (!client?.online) {
        refused()
        return
      }
      const body = book.write(from, to)
      refusals.set(body, refused)
      client.say(contactAddress(parseUserAddress(to), home), body, body)
    },
    pass: ms => delay(ms),
    async waiting() {
      const counts = await Promise.all(letters.map(letter => waitingAt(plugins.plugins[letter].folder)))
      return counts.reduce((sum, count) => sum + count, 0)
    },
    async inspect() {
      await plugins.stop()
      for (const letter of letters)
        book.onDisk(users[letter].address, await storedAt(plugins.plugins[letter].folder))
    },
    stop: () => (stopped ??= stopAll(parts)),
  }
}

async function stopAll({ clients, plugins, links, network }: Parts): Promise<void> {
  for (const client of clients.values()) client.stop()
  await plugins.stop()
  for (const link of links.values()) await link.stop()
  await network.stop()
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

// What comes to a server that is held still, or is killed already, waits until that is over.
function createInflict({ network, plugins, links }: Parts): Pick<World, 'begin' | 'end'> {
  const server = (letter: Letter): ServerName => letters.find(name => name === letter) ?? 'a'
  const turns = new Map<string, Promise<void>>()
  const inTurn = (name: string, run: () => Promise<void> | void): void => {
    turns.set(name, (turns.get(name) ?? Promise.resolve()).then(run))
  }
  const counts = new Map<string, number>()
  const first = (name: string): boolean => {
    counts.set(name, (counts.get(name) ?? 0) + 1)
    return counts.get(name) === 1
  }
  const last = (name: string): boolean => {
    counts.set(name, (counts.get(name) ?? 0) - 1)
    return counts.get(name) === 0
  }
  const pairsOf = (fault: Extract<Fault, { kind: 'cut' | 'split' }>): string[] => {
    const between =
      fault.kind === 'cut'
        ? [fault.between]
        : fault.side.flatMap(one =>
            letters.filter(other => !fault.side.includes(other)).map(other => [one, other] as const),
          )
    return between.flatMap(([one, other]) => [`${one} ${other}`, `${other} ${one}`])
  }
  const change = (fault: Fault, isBegin: boolean): void => {
    if (fault.kind === 'cut' || fault.kind === 'split') {
      for (const pair of pairsOf(fault))
        if (isBegin ? first(pair) : last(pair)) links.get(pair)?.[isBegin ? 'cut' : 'mend']()
      return
    }
    if (!('server' in fault)) return
    const name = `${fault.kind} ${fault.server}`
    if (!(isBegin ? first(name) : last(name))) return
    const [plugin, host] = [plugins.plugins[server(fault.server)], network.servers[server(fault.server)]]
    if (fault.kind === 'kill') inTurn(name, () => (isBegin ? plugin.kill() : plugin.start()))
    if (fault.kind === 'host-kill')
      inTurn(`host ${fault.server}`, () => (isBegin ? host.kill() : host.start()))
    if (fault.kind === 'host-pause')
      inTurn(`host ${fault.server}`, () => (isBegin ? host.pause() : host.resume()))
  }
  return {
    begin(fault) {
      change(fault, true)
      return Promise.resolve()
    },
    async end(fault) {
      change(fault, false)
      await Promise.resolve()
    },
  }
}
