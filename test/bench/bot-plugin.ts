// The plugin's parts that carry cells, on a real server's rooms, with a clock that its benchmark moves.
import { randomBytes } from 'node:crypto'
import { openStore } from '../../adapters/database/index.js'
import { systemRandom } from '../../adapters/random.js'
import { startMor, type Hop, type Mor } from '../../plugin/mor/index.js'
import { currentRoutingKey, wrappingKey } from '../../plugin/openpgp/index.js'
import {
  createDirectory,
  createFederation,
  openIdentity,
  type Directory,
  type PeerChoice,
} from '../../plugin/pki/index.js'
import type { Clock, Counters, Domain, Host, KeyFile, Log } from '../../plugin/ports.js'
import { profiles } from '../../plugin/profiles.js'
import { createSealer } from '../../plugin/sealer.js'
import { sameThread } from '../../plugin/work.js'
import { memoryDns, memoryFetcher } from '../_dns.js'

export interface BotPluginOptions {
  readonly domain: Domain
  readonly peers: readonly PeerChoice[]
  readonly folder: string
  readonly host: Host
  readonly clock: Clock
  readonly counters: Counters
  readonly log: Log
}

export interface BotPlugin {
  readonly mor: Mor
  /** The way over all peers, in any order. */
  route(): Promise<Hop[]>
}

/** Starts identity, federation and onion routing as the service does, profile `fast`, one extra hop. */
export async function startBotPlugin(options: BotPluginOptions): Promise<BotPlugin> {
  const { domain, host, clock, peers } = options
  const store = await openStore(options.folder)
  const identity = await openIdentity(domain, noFile, clock)
  const directory = createDirectory(identity, store, clock, sameThread, () => undefined)
  const sources = { dns: memoryDns(), fetcher: memoryFetcher(), dnsSeen: store }
  const shared = { ...options, ...sources, random: systemRandom }
  const federation = createFederation({
    ...shared,
    identity,
    directory,
    link: host.peers,
    choices: peers,
    keyPolicy: { holdDown: 259_200_000, quorum: 0 },
  })
  await host.start()
  const mor = await startMor({
    ...shared,
    federation,
    store,
    groups: ['main'],
    contexts: 1,
    extraHops: 1,
    pace: profiles.fast,
    routingKeys: () => identity.routingKeys,
    carrier: host.carrier,
    sealer: createSealer(randomBytes(32)),
    deliver: () => Promise.resolve(),
    alarm: () => undefined,
    looped: () => undefined,
    trace: () => undefined,
  })
  federation.start()
  return { mor, route: () => Promise.all(peers.map(peer => hopOf(directory, clock, peer.domain))) }
}

// Each run has a key of its own.
const noFile: KeyFile = { load: () => Promise.resolve(null), save: () => Promise.resolve() }

async function hopOf(directory: Directory, clock: Clock, server: Domain): Promise<Hop> {
  const certificate = await directory.server(server)
  const key = certificate && (await currentRoutingKey(certificate, clock.now()))
  if (!certificate || !key) throw new Error('A server of the benchmark is not trusted.')
  return { server: certificate.fingerprint, key: wrappingKey(key) }
}
