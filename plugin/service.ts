// The plugin as a whole, made from its ports: started, stopped, and asked how it is.
import { createDelivery, type Delivery } from './delivery/index.js'
import { startGateway, type Gateway } from './gateway/index.js'
import { createHostedUsers } from './identity/index.js'
import { createKeyServer } from './keyserver/index.js'
import { startMor, type Mor } from './mor/index.js'
import {
  createDirectory,
  createFederation,
  openIdentity,
  startRingExchange,
  type Directory,
  type PeerChoice,
  type ServerIdentity,
} from './pki/index.js'
import type {
  Clock,
  Counters,
  DnsLookup,
  Domain,
  Fingerprint,
  Host,
  KeyFetcher,
  KeyFile,
  KeyServer,
  Log,
  Random,
  Store,
  Trace,
  UserAddress,
} from './ports.js'
import { profiles, type ProfileName } from './profiles.js'
import { every } from './repeat.js'
import type { Sealer } from './sealer.js'
import { createServiceCommands } from './service-commands.js'
import type { Work } from './work.js'

export interface ServiceOptions {
  readonly domain: Domain
  readonly profile: ProfileName
  readonly groups: readonly string[]
  readonly contexts: number
  readonly routeLength: number
  readonly extraHops: number
  /** How long a message is tried before its sender is told that it did not arrive, milliseconds. */
  readonly patience: number
  readonly peers: readonly PeerChoice[]
  /** Users who have the commands for admins in chat. */
  readonly admins: readonly UserAddress[]
  /** The address under which users write to bob@b.example, for the help. */
  readonly contactAddress: string
  readonly host: Host
  readonly store: Store
  readonly sealer: Sealer
  readonly keyFile: KeyFile
  readonly dns: DnsLookup
  readonly fetcher: KeyFetcher
  readonly work: Work
  readonly clock: Clock
  readonly random: Random
  readonly counters: Counters
  readonly trace: Trace
  readonly log: Log
}

export interface Service {
  readonly fingerprint: Fingerprint
  /** Answers to the outside what the ring holds. */
  readonly keyServer: KeyServer
  /** Carries out a command of the admin at the command line. @throws PluginError */
  operate(words: readonly string[]): Promise<string>
  /** Servers that can be hops now, own one included. */
  reachable(): readonly Domain[]
  stop(): Promise<void>
}

// Routing keys change weekly; looking every hour needs no alarm clock.
const renewEvery = 3_600_000

/** Connects to the host and starts everything. @throws PluginError with cause and fix where something refuses */
export async function startService(options: ServiceOptions): Promise<Service> {
  const { host, store, clock, domain } = options
  const identity = await openIdentity(domain, options.keyFile, clock)
  const directory = createDirectory(identity, store, clock, options.work, () => {
    federation.tell('keys')
  })
  const federation = createFederation({
    ...options,
    identity,
    directory,
    link: host.peers,
    dnsSeen: store,
    choices: options.peers,
  })
  const stopRing = startRingExchange({ ...options, federation, directory, ring: store })
  const parts: { mor?: Mor; delivery?: Delivery; gateway?: Gateway } = {}
  const reachable = (): readonly Domain[] => [domain, ...(parts.mor?.reachable() ?? [])]
  const delivery = createDelivery({
    ...options,
    directory,
    pace: profiles[options.profile],
    reachable,
    sign: octets => identity.authority.signStatement(octets),
    accept: mail => gateway.accept(mail),
    failed({ sender: user, recipient: contact, id }, reason) {
      host.users.fail({ user, contact, ...(id !== null && { id }) }, reason)
    },
  })
  const hosted = createHostedUsers({ domain, store, sealer: options.sealer, directory, clock })
  const commands = createServiceCommands({ ...options, hosted, federation })
  const gateway = startGateway({ ...options, users: host.users, hosted, directory, delivery, commands })

  await directory.publishServer()
  await host.start()
  parts.mor = await startMor({
    ...options,
    pace: profiles[options.profile],
    routingKeys: () => identity.routingKeys,
    federation,
    carrier: host.carrier,
    deliver: (octets, tag) => delivery.receive(octets, tag),
  })
  federation.start()
  await delivery.start(parts.mor)
  const cancelRenewal = every(clock, renewEvery, () => renew(options, identity, directory))

  return {
    fingerprint: identity.fingerprint,
    keyServer: createKeyServer({ ...options, fingerprint: identity.fingerprint, ring: store, directory }),
    operate: commands.operate,
    reachable,
    async stop() {
      cancelRenewal()
      delivery.stop()
      stopRing()
      federation.stop()
      await parts.mor?.stop()
      await host.stop()
      await store.close()
    },
  }
}

async function renew({ log }: ServiceOptions, identity: ServerIdentity, directory: Directory): Promise<void> {
  try {
    await identity.renew()
    await directory.publishServer()
    await directory.renewUsers()
  } catch (error) {
    log.error({ err: error }, 'Keys or certifications could not be renewed; trying again in an hour.')
  }
}
