// The plugin as a whole, made from its ports: started, stopped, and asked how it is.
import { createAlarm, type Alarm } from './alarms.js'
import { createCorrespondents, startGateway } from './gateway/index.js'
import { createPeople } from './identity/index.js'
import { createKeyServer } from './keyserver/index.js'
import type { Mor } from './mor/index.js'
import {
  createDirectory,
  createDnsWords,
  createExplainer,
  openIdentity,
  type FederationPolicy,
  type KeyPolicy,
  type PeerChoice,
  type ServerIdentity,
} from './pki/index.js'
import type {
  Clock,
  DnsLookup,
  Domain,
  Fingerprint,
  Host,
  KeyFetcher,
  KeyFile,
  KeyServer,
  Log,
  LogLevel,
  Random,
  ReadableCounters,
  Store,
  Trace,
  UserAddress,
} from './ports.js'
import type { ProfileName } from './profiles.js'
import { every } from './repeat.js'
import type { Sealer } from './sealer.js'
import { createServiceCommands } from './service-commands.js'
import { eraseFormer } from './service-erase.js'
import {
  connectDelivery,
  connectLoops,
  connectMor,
  connectPeers,
  connectPresence,
  connectRooms,
  openX509,
} from './service-parts.js'
import { renew, review } from './service-renewal.js'
import { connectVisits } from './service-visits.js'
import { watchStorage } from './storage-watch.js'
import { createMetrics, createStatus } from './status/index.js'
import { createTransparent } from './transparent/index.js'
import type { Work } from './work.js'
import { createVisiting, watchVisits } from './visits/index.js'
import type { X509 } from './x509/index.js'

export interface ServiceOptions {
  /** Of the program, for the status. */
  readonly version: string
  readonly domain: Domain
  readonly profile: ProfileName
  readonly groups: readonly string[]
  readonly contexts: number
  readonly routeLength: number
  readonly extraHops: number
  /** The part of the clocks that loops take, and the least part of them that must come back, in hundredths. */
  readonly loops: number
  readonly loopAlarm: number
  /** How long a message is tried before its sender is told that it did not arrive, milliseconds. */
  readonly patience: number
  /** How many users of other servers may visit at a time. */
  readonly mostVisits: number
  /** How many each user has at most; within how many milliseconds others learn of one. */
  readonly pseudonyms: { readonly most: number; readonly delay: number }
  readonly policy: FederationPolicy
  /** When a peer's other key may be taken without an admin. */
  readonly keyPolicy: KeyPolicy
  /** The peers of the configuration. */
  readonly peers: readonly PeerChoice[]
  /** Users who have the commands for admins in chat. */
  readonly admins: readonly UserAddress[]
  /** The address under which users write to bob@b.example, for the help. */
  readonly contactAddress: string
  readonly host: Host
  readonly setLogLevel: (level: LogLevel) => void
  /** Takes up what has changed in the configuration. @throws PluginError `config-invalid` */
  readonly reload: () => Promise<string>
  readonly store: Store
  readonly sealer: Sealer
  readonly keyFile: KeyFile
  readonly dns: DnsLookup
  readonly fetcher: KeyFetcher
  readonly work: Work
  readonly clock: Clock
  readonly random: Random
  readonly counters: ReadableCounters
  readonly trace: Trace
  readonly log: Log
}

export interface Service {
  readonly fingerprint: Fingerprint
  /** Answers to the outside what the ring holds. */
  readonly keyServer: KeyServer
  /** Carries out a command of the admin at the command line. @throws PluginError */
  operate(words: readonly string[]): Promise<string>
  readonly x509: X509
  /** Servers that can be hops now, own one included. */
  reachable(): readonly Domain[]
  /** Takes back the certification of an own user's key. `false`: there is none. */
  revokeUser(user: UserAddress): Promise<boolean>
  /** Messages of this server's users that are not acknowledged yet. */
  readonly waiting: number
  /** Tells the admins what needs them. */
  readonly alarm: Alarm
  /** Figures in the text format of Prometheus. */
  metrics(): string
  stop(): Promise<void>
}

// Routing keys change weekly; looking every hour needs no alarm clock.
const renewEvery = 3_600_000

/** Connects to the host and starts everything. @throws PluginError with cause and fix where something refuses */
export async function startService(given: ServiceOptions): Promise<Service> {
  const options = watched(given)
  const { host, store, clock } = options
  const identity = await openIdentity(options.domain, options.keyFile, clock)
  const parts = await connectParts(options, identity)
  const { directory, federation, people } = parts
  await prepare(parts)
  await host.start()
  parts.mor = await connectMor(options, identity, parts)
  federation.start()
  await parts.rooms.start()
  await parts.delivery.start(parts.mor)
  parts.loops.start(parts.mor)
  people.start()
  const stopVisitWatch = watchVisits({ ...options, ...parts, users: host.users })
  const metrics = createMetrics(parts.status, clock)
  const cancelRenewal = every(clock, renewEvery, async () => {
    await renew(options, identity, directory)
    await review(options, parts.x509)
  })

  return {
    get fingerprint() {
      return identity.fingerprint
    },
    keyServer: createKeyServer({
      ...options,
      identity,
      ring: store,
      directory,
      users: host.users,
      explainer: parts.explainer,
    }),
    operate: parts.commands.operate,
    x509: parts.x509,
    reachable: parts.reachable,
    revokeUser: user => directory.revokeUser(user),
    get waiting() {
      return parts.delivery.waiting
    },
    alarm: options.alarm,
    metrics: metrics.render,
    async stop() {
      cancelRenewal()
      metrics.stop()
      people.stop()
      parts.transparent.stop()
      parts.presence.stop()
      stopVisitWatch()
      parts.visits.stop()
      parts.delivery.stop()
      parts.loops.stop()
      parts.stopExchange()
      federation.stop()
      await parts.mor?.stop()
      await host.stop()
      await store.close()
    },
  }
}

type Parts = Awaited<ReturnType<typeof connectParts>>

// What must be known before anybody is heard.
async function prepare({ people, directory }: Parts): Promise<void> {
  await people.pseudonyms.load()
  await directory.takeOver()
  await directory.publishServer()
}

/** What all parts are given. */
export type WatchedOptions = ServiceOptions & { readonly alarm: Alarm }

// A full disk is told once, whoever meets it.
function watched(given: ServiceOptions): WatchedOptions {
  const alarm = createAlarm({ ...given, users: given.host.users })
  return { ...given, alarm, store: watchStorage(given.store, { ...given, alarm }) }
}

/** Everything that can be made before the host is connected; each part knows the others that it uses. */
async function connectParts(options: WatchedOptions, identity: ServerIdentity) {
  const { host, store, clock, domain } = options
  const parts: { mor?: Mor } = {}
  const directory = createDirectory(identity, store, clock, options.work, user => {
    federation.tell('keys')
    people.changed(user)
    void review(options, x509)
  })
  const x509 = openX509(options, identity, directory, () => {
    federation.tell('x509')
  })
  const { federation, peers, stopExchange } = await connectPeers(options, identity, directory)
  const reachable = (): readonly Domain[] => [domain, ...(parts.mor?.reachable() ?? [])]
  const loops = connectLoops(options, { directory, federation, reachable })
  const transparent = createTransparent({ ...options, routing: host.routing })
  const presence = connectPresence(options, () => people)
  const visits = await connectVisits(options, { federation, directory, own: x509 })
  const common = { directory, federation, transparent, presence, x509, visits, reachable }
  const delivery = connectDelivery(options, identity, {
    ...common,
    suspects: loops.suspects,
    open: mail => gateway.open(mail),
    waits: (message, why, notice) => gateway.tellWaiting(message, why, notice),
    facing: user => gateway.facing(user),
    renewMailbox: user => people.locals.renewMailbox(user),
  })
  const correspondents = createCorrespondents()
  const people = createPeople({
    ...options,
    directory,
    tellHolder: (user, key, text) => gateway.tellHolder(user, key, text),
    async dropped(pseudonym, owner) {
      correspondents.forget(pseudonym)
      return presence.forgetDropped(owner)
    },
    replaced: user => eraseFormer({ ...options, ...people, ...common, delivery, correspondents }, user),
  })
  const dnsWords = createDnsWords({ ...options, directory, dnsSeen: store })
  const explainer = createExplainer({ ...options, ring: store, directory, dnsWords })
  const mor = () => parts.mor ?? null
  const rooms = connectRooms(options, federation, mor)
  const status = createStatus({ ...options, ...people, identity, federation, delivery, loops, mor })
  const visiting = createVisiting({ ...options, ...people, ...common, address: host.users.address })
  const shared = { ...options, ...people, ...common, delivery, correspondents, visiting }
  const asked = { status, rooms, peers, identity, explainer }
  const commands = createServiceCommands({ ...shared, ...asked })
  const gateway = startGateway({ ...shared, users: host.users, commands })
  return Object.assign(parts, {
    ...common,
    loops,
    rooms,
    stopExchange,
    delivery,
    people,
    commands,
    explainer,
    status,
  })
}
