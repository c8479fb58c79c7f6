// Servers that federate over the in-process host on one virtual clock, each part in reach of the test.
import { createCounters, type ReadableCounters } from '../adapters/counters.js'
import {
  createMemoryNetwork,
  createMemoryStore,
  type MemoryHost,
  type MemoryNetwork,
} from '../adapters/memory/index.js'
import { systemRandom } from '../adapters/random.js'
import { parseDomain } from '../plugin/addresses.js'
import {
  createDirectory,
  createFederation,
  openIdentity,
  startKeyWitnesses,
  startRingExchange,
  type Directory,
  type Federation,
  type KeyPolicy,
  type PeerChoice,
  type ServerIdentity,
} from '../plugin/pki/index.js'
import type { DnsLookup, Domain, KeyFetcher, KeyFile, PeerAddress, Store } from '../plugin/ports.js'
import { memoryDns, memoryFetcher } from './_dns.js'
import { createVirtualClock, type VirtualClock } from './_virtual-clock.js'
import { countedWork, settled } from './_counted-work.js'

export interface FederatedServer {
  readonly domain: Domain
  readonly host: MemoryHost
  readonly store: Store
  readonly keyFile: KeyFile
  readonly identity: ServerIdentity
  readonly directory: Directory
  readonly federation: Federation
  readonly counters: ReadableCounters
  /** Lines at warn and error level, and at info level. */
  readonly complaints: string[]
  readonly told: string[]
  count(name: string): number
  /** The names of those it is federated with. */
  peers(): string[]
  stop(): void
}

export interface FederatedServers {
  readonly clock: VirtualClock
  readonly network: MemoryNetwork
  /** Makes a server, which is silent until `federation.start()`. */
  add(name: string, options?: AddOptions): Promise<FederatedServer>
  pass(ms: number, step?: number): Promise<void>
}

export interface AddOptions {
  /** Names of those with whom it federates. */
  readonly peers?: readonly string[]
  readonly pins?: Readonly<Record<string, string>>
  readonly dns?: DnsLookup
  readonly fetcher?: KeyFetcher
  /** Nobody wrote the addresses of the peers down. */
  readonly usual?: boolean
  readonly store?: Store
  readonly keyFile?: KeyFile
  /** An admin alone where left out. */
  readonly keyPolicy?: KeyPolicy
  /** Those of the peers who asked to be met. */
  readonly asked?: readonly string[]
  /** Whether users' certificates are exchanged; every few minutes, which takes long when weeks pass. */
  readonly exchange?: boolean
}

export const addressOf = (domain: string): PeerAddress => `p3do.${domain}` as PeerAddress

export function createFederated(start?: number): FederatedServers {
  const clock = createVirtualClock(start)
  const network = createMemoryNetwork(clock)
  return {
    clock,
    network,
    add: (name, options = {}) => addServer(clock, network, name, options),
    async pass(ms, step = 50) {
      for (let passed = 0; passed < ms; passed += step) {
        clock.advance(Math.min(step, ms - passed))
        await settled(6)
      }
      await settled(30)
    },
  }
}

async function addServer(
  clock: VirtualClock,
  network: MemoryNetwork,
  name: string,
  options: AddOptions,
): Promise<FederatedServer> {
  const domain = parseDomain(`${name}.example`)
  const { store = createMemoryStore(), keyFile = memoryKeyFile(), dns = memoryDns() } = options
  const { fetcher = memoryFetcher() } = options
  const [host, counters] = [network.host(domain), createCounters()]
  const [complaints, told]: [string[], string[]] = [[], []]
  const complain = (_: object, message: string): void => void complaints.push(message)
  const tell = (_: object, message: string): void => void told.push(message)
  const log = { debug: ignore, info: tell, warn: complain, error: complain }
  const alarm = (peer: Domain | null, text: string): void => {
    complain({ peer }, text)
  }
  const identity = await openIdentity(domain, keyFile, clock)
  const directory = createDirectory(identity, store, clock, countedWork, () => {
    federation.tell('keys')
  })
  const common = { domain, clock, random: systemRandom, counters, log, trace: ignore }
  const choices = (options.peers ?? []).map((peer): PeerChoice => {
    const other = parseDomain(`${peer}.example`)
    const fingerprint = (options.pins?.[peer] ?? null) as null
    const asked = options.asked?.includes(peer) ?? false
    return { domain: other, address: addressOf(other), isUsual: options.usual ?? false, fingerprint, asked }
  })
  const sources = { dns, fetcher, dnsSeen: store }
  const federation = createFederation({
    ...common,
    identity,
    directory,
    ...sources,
    link: host.peers,
    choices,
    keyPolicy: options.keyPolicy ?? { holdDown: 259_200_000, quorum: 0 },
  })
  const stopRing =
    options.exchange === false ? ignore : startRingExchange({ ...common, federation, directory, ring: store })
  const stopWitnesses = startKeyWitnesses({ ...common, federation, directory, alarm })
  return {
    domain,
    host,
    store,
    keyFile,
    identity,
    directory,
    federation,
    counters,
    complaints,
    told,
    count: counted => counters.snapshot()[counted] ?? 0,
    peers: () => federation.peers().map(peer => peer.domain),
    stop() {
      stopRing()
      stopWitnesses()
      federation.stop()
    },
  }
}

/** A key file that is kept as long as the test. */
export function memoryKeyFile(): KeyFile {
  let kept: Buffer | null = null
  return {
    load: () => Promise.resolve(kept),
    save: octets => Promise.resolve(void (kept = octets)),
  }
}

function ignore(): void {
  // tests look at counters and complaints
}
