// Federated servers whose contexts speak as slowly as a test wants, so that days and weeks can pass.
import { systemRandom } from '../adapters/random.js'
import { startMor, type Hop, type Mor } from '../plugin/mor/index.js'
import { every } from '../plugin/repeat.js'
import { createSealer } from '../plugin/sealer.js'
import { createFederated, type FederatedServer, type FederatedServers } from './_federated.js'

export interface MorServer extends FederatedServer {
  readonly mor: Mor
  /** Parcels that arrived here, as far as they are text. */
  readonly delivered: string[]
  /** This server as the hop of a route, by its newest routing key. */
  hop(): Hop
  /** Sends a text of up to 100 octets along a route. */
  send(text: string, ...route: Hop[]): void
}

export interface MorOptions {
  /** Milliseconds between cells. */
  readonly interval: number
  readonly extraHops?: number
}

const renewEvery = 6 * 3_600_000
const parcelLength = 500

/** Servers that all know each other, each with one context of the group, federated and joined. */
export async function startMorServers(
  names: readonly string[],
  options: MorOptions,
  start?: number,
): Promise<FederatedServers & { servers: MorServer[]; stop(): Promise<void> }> {
  const lab = createFederated(start)
  const servers: MorServer[] = []
  for (const name of names) {
    const peers = names.filter(other => other !== name)
    const server = await lab.add(name, { peers, exchange: false })
    servers.push(await withMor(lab, server, options))
  }
  for (const { federation } of servers) federation.start()
  await lab.pass(10_000)
  return {
    ...lab,
    servers,
    async stop() {
      for (const server of servers) {
        server.stop()
        await server.mor.stop()
      }
    },
  }
}

/** Starts the multicast onion routing of a server. */
export async function withMor(
  { clock }: FederatedServers,
  server: FederatedServer,
  { interval, extraHops = 1 }: MorOptions,
): Promise<MorServer> {
  const { identity, federation, host, store, counters } = server
  const delivered: string[] = []
  const mor = await startMor({
    groups: ['main'],
    contexts: 1,
    extraHops,
    pace: { interval, meanDelay: 0 },
    routingKeys: () => identity.routingKeys,
    federation,
    carrier: host.carrier,
    store,
    sealer: createSealer(Buffer.alloc(32, 3)),
    alarm: ignore,
    looped: ignore,
    deliver: parcel => Promise.resolve(void delivered.push(textOf(parcel))),
    clock,
    random: systemRandom,
    counters,
    trace: ignore,
    log: { debug: ignore, info: ignore, warn: ignore, error: ignore },
  })
  const cancelRenewal = every(clock, renewEvery, () => identity.renew())
  return {
    ...server,
    get identity() {
      return server.identity
    },
    mor,
    delivered,
    hop: () => hopOf(server),
    send(text, ...route) {
      const parcel = Buffer.concat([Buffer.from(text), Buffer.alloc(parcelLength)])
      mor.send(route, { kind: 'deliver', parcel })
    },
    stop() {
      cancelRenewal()
      server.stop()
    },
  }
}

function hopOf({ identity }: FederatedServer): Hop {
  const [newest] = identity.routingKeys
  if (!newest) throw new Error('A server without a routing key.')
  return { server: identity.fingerprint, key: newest.key }
}

function textOf(parcel: Buffer): string {
  return parcel.toString('utf8', 0, parcel.indexOf(0))
}

function ignore(): void {
  // tests look at counters
}
