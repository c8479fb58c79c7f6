// Hosts in one process with the same ports as real ones, for tests and simulation: everything takes its time on one clock.
import { domainOf, parseUserAddress } from '../../plugin/addresses.js'
import { PluginError } from '../../plugin/errors.js'
import type {
  ChatMessage,
  Clock,
  CommandDesk,
  ContextAddress,
  Domain,
  Host,
  ListenerAddress,
  Mark,
  PeerAddress,
  ShownKey,
  UserAddress,
} from '../../plugin/ports.js'
import { createMemoryAccounts, type MemoryAccounts } from './accounts.js'
import { createMemoryRooms, type MemoryRooms } from './lent-rooms.js'
import { createRoom, type Room } from './room.js'
import { createMemoryPresence, type MemoryPresence } from './presence.js'
import { createMemoryRouting, type MemoryRouting } from './routing.js'
import { createMemoryVisitors, type MemoryVisitors } from './visitors.js'

/** A host with what a test does as its users. */
export interface MemoryHost extends Host {
  readonly rooms: MemoryRooms
  readonly accounts: MemoryAccounts
  readonly routing: MemoryRouting
  readonly presence: MemoryPresence
  readonly visitors: MemoryVisitors
  /** A local user says something; resolves when the plugin accepted it, rejects with its error. */
  say(message: ChatMessage): Promise<void>
  /** A local user's client tells what became of a message that it was shown. */
  tell(mark: Mark): Promise<void>
  /** Calls for everything that a local user's client is told of his messages. */
  onMarked(see: (mark: Mark) => void): void
  /** The key of a contact as a local user's client is told it; rejects with the plugin's error. */
  keyOf(contact: UserAddress | null): Promise<ShownKey>
  /** Calls for every message that a local user is shown. */
  onShown(see: (message: ChatMessage) => void): void
  /** Calls for every message of a local user that does not arrive. */
  onFailed(see: Failure): void
  /** Commands as forms, as a local user's client finds them; throws before the plugin offers them. */
  desk(): CommandDesk
  /** The plugin is gone without a word, as after a kill: nobody answers here until another one starts. */
  abandon(): void
}

type Failure = (message: Omit<ChatMessage, 'body'>, reason: PluginError) => void

export interface MemoryNetwork {
  host(domain: Domain): MemoryHost
  /** Everything that is spoken anywhere, as an observer of all rooms sees it. */
  onFrame(see: (context: ContextAddress, frame: string) => void): void
  /** Cuts a server off, or connects it again: nothing reaches it or leaves it. */
  setReachable(domain: Domain, reachable: boolean): void
  /** Cuts two servers off from each other, or connects them again; others reach both. */
  setLinked(one: Domain, other: Domain, linked: boolean): void
}

type Answer = (from: PeerAddress, request: Uint8Array) => Promise<Uint8Array>

interface Shared {
  readonly clock: Clock
  readonly latency: number
  readonly rooms: Map<ContextAddress, Room>
  readonly answers: Map<PeerAddress, Answer>
  readonly unreachable: Set<Domain>
  /** Pairs of servers that do not reach each other, both ways round. */
  readonly cut: Set<string>
  readonly observers: ((context: ContextAddress, frame: string) => void)[]
}

const mostOctets = 262_144

/** @param latency milliseconds that a frame takes */
export function createMemoryNetwork(clock: Clock, latency = 5): MemoryNetwork {
  const shared: Shared = {
    clock,
    latency,
    rooms: new Map(),
    answers: new Map(),
    unreachable: new Set(),
    cut: new Set(),
    observers: [],
  }
  return {
    host: domain => createHost(shared, domain),
    onFrame: see => void shared.observers.push(see),
    setReachable(domain, reachable) {
      if (reachable) shared.unreachable.delete(domain)
      else shared.unreachable.add(domain)
    },
    setLinked(one, other, linked) {
      for (const pair of [`${one} ${other}`, `${other} ${one}`])
        if (linked) shared.cut.delete(pair)
        else shared.cut.add(pair)
    },
  }
}

function reaches({ unreachable, cut }: Shared, from: Domain, to: Domain): boolean {
  return !unreachable.has(from) && !unreachable.has(to) && !cut.has(`${from} ${to}`)
}

const nobody = () =>
  Promise.reject(new PluginError('host-unreachable', 'The plugin is not running. Try again later.'))

// This host refuses nobody, and is never lost.
const steady = { reconnect: () => undefined, onRefused: () => undefined, stop: () => Promise.resolve() }

function createHost(shared: Shared, domain: Domain): MemoryHost {
  const watchers: ((message: ChatMessage) => void)[] = []
  const failureWatchers: Failure[] = []
  const markWatchers: ((mark: Mark) => void)[] = []
  let takeMark: (mark: Mark) => Promise<void> = () => Promise.resolve()
  let handler: (message: ChatMessage) => Promise<void> = nobody
  let show: (contact: UserAddress | null) => Promise<ShownKey> = nobody
  const commands = createDeskPlace()
  const peers = createPeerLink(shared, domain)
  const accounts = createMemoryAccounts()
  const [routing, presence] = [createMemoryRouting(accounts), createMemoryPresence()]
  const had = new Set<string>()
  return {
    carrier: createCarrier(shared, domain),
    rooms: createMemoryRooms(domain, shared.rooms, shared.clock),
    peers,
    users: {
      address: parseUserAddress(`p3do@p3do.${domain}`),
      contactOf: () => null, // contacts are written to as they are called
      deliver(message) {
        const isRepeat = accounts.hasModule && message.once !== undefined && had.has(message.once)
        if (message.once !== undefined) had.add(message.once)
        if (!isRepeat) for (const see of watchers) see(message)
        return Promise.resolve()
      },
      dropsRepeats: () => Promise.resolve(accounts.hasModule),
      fail(message, reason) {
        for (const see of failureWatchers) see(message, reason)
        return Promise.resolve()
      },
      mark(mark) {
        for (const see of markWatchers) see(mark)
        return Promise.resolve()
      },
      receiveMarks: next => void (takeMark = next),
      receive: next => void (handler = next),
      showKeys: next => void (show = next),
      offerCommands: commands.offer,
    },
    accounts,
    routing,
    presence,
    visitors: createMemoryVisitors(domain),
    desk: commands.desk,
    keyOf: contact => show(contact),
    say: message => handler(message),
    tell: mark => takeMark(mark),
    onMarked: see => void markWatchers.push(see),
    onShown: see => void watchers.push(see),
    onFailed: see => void failureWatchers.push(see),
    abandon() {
      shared.answers.delete(peers.address)
      handler = nobody
      show = nobody
    },
    start: () => tellConnected([routing, presence]),
    ...steady,
  }
}

function tellConnected(links: readonly { connected(): void }[]): Promise<void> {
  for (const link of links) link.connected()
  return Promise.resolve()
}

function createDeskPlace() {
  let desk: CommandDesk | null = null
  return {
    offer: (offered: CommandDesk) => void (desk = offered),
    desk(): CommandDesk {
      if (desk) return desk
      throw new PluginError('host-unreachable', 'The plugin is not running. Try again later.')
    },
  }
}

function createCarrier(shared: Shared, domain: Domain): Host['carrier'] {
  const { clock, latency, rooms } = shared
  const listener = `listener@p3do.${domain}` as ListenerAddress
  const roomAt = (context: ContextAddress): Room => {
    const room = rooms.get(context)
    if (!room) throw new PluginError('context-refused', 'There is no such room.')
    return room
  }
  return {
    listener,
    open(name) {
      const address = `${name}@conference.${domain}` as ContextAddress
      if (!rooms.has(address)) rooms.set(address, createRoom(clock))
      return Promise.resolve(address)
    },
    admit(context, other) {
      roomAt(context).admit(other)
      return Promise.resolve()
    },
    expel(context, other) {
      roomAt(context).expel(other)
      return Promise.resolve()
    },
    admitted: context => Promise.resolve(roomAt(context).admitted()),
    speak(context, frame) {
      const name = rooms.get(context)?.speaker() ?? null
      if (shared.unreachable.has(domain) || name === null) return false
      for (const see of shared.observers) see(context, frame)
      clock.after(latency, () => {
        // It may have been destroyed meanwhile.
        rooms.get(context)?.speak(name, frame, to => reaches(shared, domain, domainOfListener(to)))
      })
      return true
    },
    voice: context => rooms.get(context)?.speaker() ?? null,
    listen(context, hear) {
      // Joining takes a moment and waits for admission, as on a real host.
      const leave = { current: (): void => undefined }
      const cancel = clock.after(latency, () => {
        leave.current = rooms.get(context)?.join(listener, hear) ?? leave.current
      })
      return () => {
        cancel()
        leave.current()
      }
    },
    close(context) {
      rooms.delete(context)
      return Promise.resolve()
    },
  }
}

function createPeerLink(shared: Shared, domain: Domain): Host['peers'] {
  const { answers } = shared
  const address = `p3do.${domain}` as PeerAddress
  return {
    address,
    usualAddress: peer => `p3do.${peer}` as PeerAddress,
    async ask(peer, request) {
      const answer = answers.get(peer)
      if (!answer || !reaches(shared, domain, peer.slice('p3do.'.length) as Domain))
        throw new PluginError('peer-unreachable', 'The peer does not answer.')
      if (request.length > mostOctets) throw new PluginError('peer-refused', 'The request is too large.')
      return answer(address, request).catch((cause: unknown) => {
        throw new PluginError('peer-refused', 'The peer refused the request.', { cause })
      })
    },
    addressAt: pointer => (/^xmpp:(.+)$/.exec(pointer)?.[1] ?? null) as PeerAddress | null,
    answer: handler => void answers.set(address, handler),
  }
}

function domainOfListener(listener: ListenerAddress): Domain {
  return domainOf(listener as string as UserAddress).slice('p3do.'.length) as Domain
}
