// Deliveries of federated servers without rooms between them: what one sends, the test hands to the other.
import { randomBytes } from 'node:crypto'
import { systemRandom } from '../adapters/random.js'
import { parseUserAddress } from '../plugin/addresses.js'
import {
  createDelivery,
  type Delivery,
  type Letter,
  type Mail,
  type WaitReason,
} from '../plugin/delivery/index.js'
import { PluginError } from '../plugin/errors.js'
import type { Contents, Hop } from '../plugin/mor/index.js'
import type { Domain, Random, Store } from '../plugin/ports.js'
import { profiles } from '../plugin/profiles.js'
import { createSealer, type Sealer } from '../plugin/sealer.js'
import type { Visits } from '../plugin/visits/index.js'
import { countedWork } from './_counted-work.js'
import { visitsAt } from './_visits.js'
import { createFederated, type FederatedServer } from './_federated.js'

/** Contents that somebody put on their way. */
export interface Sent {
  readonly route: readonly Hop[]
  readonly contents: Contents
}

export interface DeliveringServer extends FederatedServer {
  delivery: Delivery
  readonly visits: Visits
  /** What it put on its way. */
  readonly sent: Sent[]
  readonly accepted: Mail[]
  /** What its users were told does not arrive, and why. */
  readonly failures: { readonly id: string | null; readonly reason: PluginError }[]
  /** Of which messages its users were told that they wait, and why. */
  readonly waits: { readonly id: string | null; readonly why: WaitReason }[]
  /** Servers that can be hops; the test may change it. */
  reachable: Domain[]
  /** What showing a message throws, once each; by default it succeeds. */
  readonly refusals: PluginError[]
  /** Whether its host knows what it has shown. */
  dropsRepeats: boolean
  /** Whether its users can be told of nothing now. */
  hostAway: boolean
  /** A peer of it is heard that was not. */
  peerHeard: () => void
  /** The servers of the last route, by name. */
  lastRoute(): string[]
  /** The last parcel that it sent. */
  lastParcel(): Buffer
  /** Takes what another server sent; an acknowledgement by the tag that it has. */
  take(sent: Sent): Promise<void>
  /** Begins anew with the same store, as after a kill. */
  restart(): Promise<void>
}

/** How long messages are tried in these tests, milliseconds. */
export const patience = 3_600_000
/** So long after it, a sender was told for certain: many round trips, of a random share of which he is told. */
export const toldWithin = 30 * 60_000

/** What a server had before. */
interface Past {
  readonly store: Store
  readonly sealer: Sealer
}

/** Three federated servers with a delivery each. `past` is that of the first one. */
export async function startDeliveries(random: Random = systemRandom, start?: number, past?: Past) {
  const lab = createFederated(start)
  const names = ['a', 'b', 'c']
  const servers = await Promise.all(
    names.map(name =>
      lab.add(name, {
        peers: names.filter(other => other !== name),
        ...(name === 'a' && past && { store: past.store }),
      }),
    ),
  )
  for (const { federation } of servers) federation.start()
  await lab.pass(5000)
  const domains = servers.map(({ domain }) => domain)
  const nameOf = new Map(servers.map(({ identity, domain }) => [identity.fingerprint, domain]))
  const [a, b, c] = await Promise.all(
    servers.map((server, index) =>
      withDelivery(server, domains, nameOf, lab.clock, random, index === 0 ? past?.sealer : undefined),
    ),
  )
  if (!a || !b || !c) throw new Error('Three were made.')
  for (const server of [a, b, c]) await server.restart()
  const stop = (): void => {
    for (const server of [a, b, c]) {
      server.delivery.stop()
      server.stop()
    }
  }
  return { ...lab, a, b, c, stop }
}

async function withDelivery(
  server: FederatedServer,
  reachable: readonly Domain[],
  nameOf: ReadonlyMap<string, Domain>,
  clock: ReturnType<typeof createFederated>['clock'],
  random: Random,
  sealer = createSealer(randomBytes(32)),
): Promise<DeliveringServer> {
  const visits = await visitsAt(server, clock)
  const create = (): Delivery =>
    createDelivery({
      domain: server.domain,
      directory: server.directory,
      federation: server.federation,
      visits,
      renewMailbox: () => Promise.resolve(),
      visitOver: () => Promise.resolve(),
      store: server.store,
      sealer,
      pace: profiles.fast,
      routeLength: 3,
      extraHops: 1,
      patience,
      suspects: () => [],
      reachable: () => delivering.reachable,
      payerOf: sender => sender,
      sign: octets => server.identity.authority.signStatement(octets),
      open: mail =>
        Promise.resolve(() => {
          const refusal = delivering.refusals.shift()
          if (refusal) return Promise.reject(refusal)
          const isRepeat =
            delivering.dropsRepeats && delivering.accepted.some(({ once }) => once === mail.once)
          if (!isRepeat) delivering.accepted.push(mail)
          return Promise.resolve()
        }),
      dropsRepeats: () => Promise.resolve(delivering.dropsRepeats),
      failed({ id }, reason) {
        if (delivering.hostAway) return Promise.reject(new PluginError('host-unreachable', 'Away.'))
        delivering.failures.push({ id, reason })
        return Promise.resolve()
      },
      waits({ id }, why) {
        if (delivering.hostAway) return Promise.reject(new PluginError('host-unreachable', 'Away.'))
        delivering.waits.push({ id, why })
        return Promise.resolve()
      },
      work: countedWork,
      clock,
      random,
      counters: server.counters,
      trace: () => undefined,
      log: { debug: ignore, info: ignore, warn: ignore, error: ignore },
    })
  const delivering: DeliveringServer = {
    ...server,
    visits,
    reachable: [...reachable],
    sent: [],
    accepted: [],
    failures: [],
    waits: [],
    refusals: [],
    dropsRepeats: true,
    hostAway: false,
    delivery: create(),
    peerHeard: ignore,
    lastRoute: () => (delivering.sent.at(-1)?.route ?? []).map(hop => nameOf.get(hop.server) ?? 'unknown'),
    lastParcel: () => parcelOf(delivering.sent.at(-1)?.contents),
    take: ({ route, contents }) => delivering.delivery.receive(parcelOf(contents), route.at(-1)?.tag ?? null),
    async restart() {
      delivering.delivery.stop()
      delivering.delivery = create()
      await delivering.delivery.start({
        send: (route, contents) => void delivering.sent.push({ route, contents }),
        expect: () => () => undefined,
        waiting: () => 0,
        ensureLength: () => undefined,
        onHeard: handler => void (delivering.peerHeard = handler),
      })
    },
  }
  return delivering
}

function parcelOf(contents: Contents | undefined): Buffer {
  if (contents?.kind !== 'deliver') throw new Error('Nothing was sent.')
  return contents.parcel
}

function ignore(): void {
  // tests look at what is sent, accepted and refused
}

export const alice = parseUserAddress('alice@a.example')
export const bob = parseUserAddress('bob@b.example')

/** Mail from Alice to Bob. */
export function someMail(payload = 'opaque', sender = alice, recipient = bob): Letter {
  return { sender, recipient, payload: Buffer.from(payload), id: payload }
}
