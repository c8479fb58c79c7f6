// Several servers on the in-process host, on one virtual clock.
import { randomBytes } from 'node:crypto'
import { createCounters, type ReadableCounters } from '../adapters/counters.js'
import {
  createMemoryNetwork,
  createMemoryStore,
  type MemoryHost,
  type MemoryNetwork,
} from '../adapters/memory/index.js'
import { systemRandom } from '../adapters/random.js'
import { parseDomain, parseUserAddress } from '../plugin/addresses.js'
import type {
  Carrier,
  ChatMessage,
  ContextAddress,
  Domain,
  KeyFile,
  PeerAddress,
  Store,
  UserAddress,
} from '../plugin/ports.js'
import type { ProfileName } from '../plugin/profiles.js'
import { createSealer, type Sealer } from '../plugin/sealer.js'
import type { FederationPolicy } from '../plugin/pki/index.js'
import { startService, type Service, type ServiceOptions } from '../plugin/service.js'
import { memoryDns, memoryFetcher } from './_dns.js'
import { createVirtualClock, type VirtualClock } from './_virtual-clock.js'
import { countedWork, settled } from './_counted-work.js'

export type TraceEvent = Readonly<Record<string, string | number>> & { readonly event: string }

/** What outlives a server's process. */
export interface Home {
  readonly store: Store
  readonly sealer: Sealer
  readonly keyFile: KeyFile
}

export interface MemoryServer extends Home {
  readonly domain: Domain
  readonly host: MemoryHost
  readonly counters: ReadableCounters
  readonly journey: TraceEvent[]
  readonly shown: ChatMessage[]
  service: Service
  /** A user writes to a contact, or to the plugin itself; as a pseudonym of his where one is given. */
  say(user: string, contact: string | null, body: string, as?: string): Promise<void>
  /** The virtual time. */
  now(): number
  /** Waits until the ring exchange has brought a user's key here. */
  learns(user: string): Promise<void>
  /** Stops and starts again; in another home where one is given. */
  restart(open?: () => Promise<Home>): Promise<void>
  /** Starts it with what it had, without a stop before, as after a kill. */
  startAgain(): Promise<void>
}

/** What a server is given that a test can put something before. */
export type ServerPorts = Pick<ServiceOptions, 'host' | 'store' | 'work' | 'clock' | 'random' | 'log'>

export interface MemoryServers {
  readonly network: MemoryNetwork
  readonly clock: VirtualClock
  readonly servers: MemoryServer[]
  /**
   * Lets time pass until the condition holds; fails after so many virtual milliseconds, ten minutes unless it is given: what is
   * sent again waits at random, and so does what a server looks at again, which together may take some minutes.
   */
  until(condition: () => boolean, limit?: number): Promise<void>
  pass(ms: number): Promise<void>
  /** Lets time pass until something is done. */
  elapse<Result>(promise: Promise<Result>): Promise<Result>
  stop(): Promise<void>
}

export interface MemoryServersOptions {
  readonly names: readonly string[]
  readonly profile?: ProfileName
  readonly admins?: readonly UserAddress[]
  readonly policy?: FederationPolicy
  /** Ten for each user, known to others within a minute, unless it is given. */
  readonly pseudonyms?: ServiceOptions['pseudonyms']
  /** Texts in DNS by name. */
  readonly dns?: Readonly<Record<string, readonly string[]>>
  /** Nobody has peers yet. */
  readonly strangers?: boolean
  readonly extraHops?: number
  readonly routeLength?: number
  /** The part of the clocks that loops take, in hundredths; none unless it is given. */
  readonly loops?: number
  /** Milliseconds for which a message is tried. */
  readonly patience?: number
  /** At each server; a hundred unless it is given. */
  readonly mostVisits?: number
  /** Groups of a server by its letter; `main` for whom it does not name. */
  readonly groups?: Readonly<Record<string, readonly string[]>>
  /** Own contexts of a server by its letter; one for whom it does not name. */
  readonly contexts?: Readonly<Record<string, number>>
  /** How the home of a server is opened, by its letter; in memory for whom it does not name. */
  readonly homes?: Readonly<Record<string, () => Promise<Home>>>
  /** Whether a listener misses the frame that its room just spoke. */
  readonly loses?: (listener: Domain, context: ContextAddress, frame: string) => boolean
  /** Puts something between a server and its ports, at each of its starts. */
  readonly between?: (server: Domain, ports: ServerPorts & { readonly host: MemoryHost }) => ServerPorts
  /** When the virtual time begins. */
  readonly begin?: number
}

const step = 5

/** Starts servers that all know each other, and waits until each hears all others (at most six). */
export async function startMemoryServers(options: MemoryServersOptions): Promise<MemoryServers> {
  const clock = createVirtualClock(options.begin)
  const network = createMemoryNetwork(clock)
  const domains = options.names.map(name => parseDomain(`${name}.example`))
  const servers: MemoryServer[] = []
  const pass = async (ms: number): Promise<void> => {
    for (let passed = 0; passed < ms; passed += step) {
      clock.advance(step)
      await settled(3)
    }
  }
  const until = async (condition: () => boolean, limit = 600_000): Promise<void> => {
    for (let passed = 0; !condition(); passed += step) {
      if (passed > limit) throw new Error('What the test waits for does not happen.')
      await pass(step)
    }
  }
  const elapse = async <Result>(promise: Promise<Result>): Promise<Result> => {
    const waiting = { done: false }
    const over = promise.finally(() => {
      waiting.done = true
    })
    over.catch(() => null) // whoever waits for it gets the error
    await settled(3)
    while (!waiting.done) await pass(step)
    return over
  }
  for (const domain of domains)
    servers.push(await elapse(startOne(options, network, clock, domain, domains, pass)))
  const wanted = Math.min(6, domains.length - 1) + 1
  // Who speaks nowhere yet reaches nobody.
  const isReady = ({ domain, service }: MemoryServer): boolean =>
    options.contexts?.[letterOf(domain)] === 0 || service.reachable().length >= wanted
  if (!options.strangers) await until(() => servers.every(isReady))
  await pass(1000) // the speakers tell each other of their new members
  return {
    network,
    clock,
    servers,
    until,
    pass,
    elapse,
    stop: async () => {
      for (const { service } of servers) await service.stop()
    },
  }
}

async function startOne(
  options: MemoryServersOptions,
  network: MemoryNetwork,
  clock: VirtualClock,
  domain: Domain,
  domains: readonly Domain[],
  pass: (ms: number) => Promise<void>,
): Promise<MemoryServer> {
  const [counters, journey, shown] = [createCounters(), [] as TraceEvent[], [] as ChatMessage[]]
  const letter = letterOf(domain)
  let openHome = options.homes?.[letter] ?? memoryHome()
  let home = await openHome()
  const host = network.host(domain)
  host.onShown(message => void shown.push(message))
  const others = domains.filter(other => other !== domain)
  const ports = (): ServerPorts => {
    const own = {
      host: { ...host, carrier: lossy(host.carrier, options, domain) },
      store: home.store,
      work: countedWork,
      clock,
      random: systemRandom,
      log: silentLog,
    }
    return options.between?.(domain, own) ?? own
  }
  const start = (): Promise<Service> =>
    startService({
      ...ports(),
      version: '0.0.0',
      domain,
      profile: options.profile ?? 'fast',
      groups: options.groups?.[letter] ?? ['main'],
      contexts: options.contexts?.[letter] ?? 1,
      routeLength: options.routeLength ?? 3,
      extraHops: options.extraHops ?? 1,
      loops: options.loops ?? 0,
      loopAlarm: 60,
      patience: options.patience ?? 3_600_000,
      mostVisits: options.mostVisits ?? 100,
      pseudonyms: options.pseudonyms ?? { most: 10, delay: 60_000 },
      policy: options.policy ?? 'list',
      keyPolicy: { holdDown: 259_200_000, quorum: 0 },
      peers: (options.strangers ? [] : others).map(other => ({
        domain: other,
        address: `p3do.${other}` as PeerAddress,
        fingerprint: null,
      })),
      admins: options.admins ?? [],
      contactAddress: `bob\\40b.example@p3do.${domain}`,
      sealer: home.sealer,
      keyFile: home.keyFile,
      setLogLevel: () => undefined, // nothing is logged
      reload: () => Promise.resolve('There is no file to read.'),
      dns: memoryDns(options.dns),
      fetcher: memoryFetcher(),
      counters,
      trace: event => void journey.push(event),
    })
  const server: MemoryServer = {
    domain,
    host,
    counters,
    journey,
    shown,
    get store() {
      return home.store
    },
    get sealer() {
      return home.sealer
    },
    get keyFile() {
      return home.keyFile
    },
    service: await start(),
    say: (user, contact, body, as) =>
      host.say({
        user: parseUserAddress(user),
        ...(as !== undefined && { as: parseUserAddress(as) }),
        contact: contact === null ? null : parseUserAddress(contact),
        body,
      }),
    now: () => clock.now(),
    async learns(user) {
      while ((await home.store.find('user', user)) === null) await pass(step)
    },
    async restart(open = openHome) {
      await server.service.stop()
      openHome = open
      home = await openHome()
      server.service = await start()
    },
    async startAgain() {
      server.service = await start()
    },
  }
  return server
}

function letterOf(domain: Domain): string {
  return domain.split('.')[0] ?? ''
}

function lossy(carrier: Carrier, { loses }: MemoryServersOptions, listener: Domain): Carrier {
  if (!loses) return carrier
  return {
    ...carrier,
    listen: (context, hear) =>
      carrier.listen(context, (frame, voice) => {
        if (!loses(listener, context, frame)) hear(frame, voice)
      }),
  }
}

/** A home of its own at each call; what is opened, always the same one. */
export function memoryHome(): () => Promise<Home> {
  const home = { store: createMemoryStore(), sealer: createSealer(randomBytes(32)), keyFile: memoryKeyFile() }
  return () => Promise.resolve(home)
}

function memoryKeyFile(): KeyFile {
  let kept: Buffer | null = null
  return {
    load: () => Promise.resolve(kept),
    save: octets => Promise.resolve(void (kept = octets)),
  }
}

export const silentLog = { debug: ignore, info: ignore, warn: ignore, error: ignore }
function ignore(): void {
  // tests look at counters and journeys
}
