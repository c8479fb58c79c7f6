// Mail between users: sent until it is acknowledged, checked when it arrives, shown once (PROTO s6, s10).
import { domainOf } from '../addresses.js'
import { PluginError } from '../errors.js'
import type { Hop, Mor } from '../mor/index.js'
import { usableWrappingKey } from '../openpgp/index.js'
import { ensureNotSuspended, type Directory } from '../pki/index.js'
import type {
  Ask,
  Clock,
  Counters,
  DeliveryStore,
  Domain,
  Log,
  Random,
  RouteStore,
  Trace,
  UserAddress,
} from '../ports.js'
import type { Profile } from '../profiles.js'
import type { Sealer } from '../sealer.js'
import type { Work } from '../work.js'
import { hopsOf } from './hops.js'
import { labelOf } from './label.js'
import type { OutgoingMessage } from './outgoing-message.js'
import { parseParcel, type Parcel } from './parcel.js'
import { createReceiver, type Acknowledged, type HandOver, type Mail } from './receiver.js'
import { encodeReply, type Outcome } from './reply.js'
import { roundTrip } from './resending.js'
import { createRouteChoice, type RouteChoice } from './route-choice.js'
import type { PendingMessage } from './pending.js'
import { createSender, type SendingMor } from './sender.js'
import type { TellWaiting } from './wait-notices.js'

export interface DeliveryOptions {
  readonly domain: Domain
  readonly directory: Directory
  readonly store: DeliveryStore & RouteStore
  readonly sealer: Sealer
  readonly pace: Profile
  readonly routeLength: number
  readonly extraHops: number
  /** How long a message is tried before its sender is told that it did not arrive, milliseconds. */
  readonly patience: number
  /** Servers that can be hops now, own one included. */
  readonly reachable: () => readonly Domain[]
  /** Servers that random routes avoid where there are others, the worst first. */
  readonly suspects: () => readonly Domain[]
  readonly sign: (octets: Buffer) => Promise<Buffer>
  /** Opens mail whose sender is sure. @throws PluginError */
  readonly open: (mail: Mail) => Promise<HandOver>
  /** See `UserLink`. */
  readonly dropsRepeats: () => Promise<boolean>
  /** Tells a user that a message of his does not arrive. @throws PluginError `host-unreachable` */
  readonly failed: (message: OutgoingMessage, reason: PluginError) => Promise<void>
  /** Tells a user that a message of his waits. @throws PluginError `host-unreachable` */
  readonly waits: TellWaiting
  readonly work: Work
  readonly clock: Clock
  readonly random: Random
  readonly counters: Counters
  readonly trace: Trace
  readonly log: Log
}

/** What a user sends. `id` is how the host calls it, for the error when it does not arrive. */
export interface Letter {
  readonly sender: UserAddress
  readonly recipient: UserAddress
  /** `mark`: what became of messages of the recipient; its sender is not told when it does not arrive. */
  readonly kind?: 'message' | 'mark'
  readonly payload: Buffer
  readonly id: string | null
  /** None where it is absent. */
  readonly asks?: readonly Ask[]
  /** The message of this sender to this recipient that it corrects, as the host called that one. */
  readonly replaces?: string
}

export interface Delivery {
  /**
   * Takes mail; resolves when it is on disk: from then on it arrives, or `failed` is called.
   * @throws PluginError `route-unreachable`, `message-too-long`, `too-many-requests`, `queue-full`
   */
  send(letter: Letter): Promise<void>
  /** Takes what a `deliver` layer held. @throws PluginError for what is not accepted */
  receive(octets: Buffer, tag: Buffer | null): Promise<void>
  /** Begins to send and to show, with what an earlier start left. */
  start(mor: SendingMor): Promise<void>
  /** Messages that are not acknowledged yet. */
  readonly waiting: number
  /** Those of a user, the oldest first. */
  pendingOf(user: UserAddress): Promise<readonly PendingMessage[]>
  state(): DeliveryState
  stop(): void
}

/** What waits here. */
export interface DeliveryState {
  /** Messages that were not sent yet, and those that were and are not acknowledged. */
  readonly queued: number
  readonly inFlight: number
  /** When the oldest of these was accepted, milliseconds; `null` where there is none. */
  readonly oldest: number | null
  /** Parts that came in since the start and are not shown yet. */
  readonly kept: number
}

// Cells wait and peers' clocks differ; what is older was held back.
const longestWay = 7 * 86_400

export function createDelivery(options: DeliveryOptions): Delivery {
  const routes = trustedRoutes(options)
  const hops = (route: readonly Domain[]) => hopsOf(options, route)
  let mor: Pick<Mor, 'send'> | null = null
  const sender = createSender({
    ...options,
    routes,
    hops,
    roundTrip: roundTrip(options.pace, options.routeLength, options.extraHops),
  })
  const receiver = createReceiver({
    ...options,
    acknowledge: (awaited, outcome) => acknowledge({ ...options, routes, hops, mor }, awaited, outcome),
  })
  return {
    send({ kind = 'message', asks, replaces, ...letter }) {
      const label = labelOf(kind === 'message' ? letter.id : null, asks, replaces)
      return sender.accept({ ...letter, kind, ...(label && { label }) })
    },
    async receive(octets, tag) {
      if (tag !== null) {
        sender.replied(octets, tag)
        return
      }
      const { parcel, signed, voucher } = parseParcel(octets)
      await ensureVouched(options, parcel, signed, voucher)
      await receiver.receive(parcel)
    },
    async start(started) {
      mor = started
      await sender.start(started)
      await receiver.start()
    },
    get waiting() {
      return sender.waiting
    },
    pendingOf: sender.pendingOf,
    state: () => ({ ...sender.state(), kept: receiver.kept }),
    stop() {
      sender.stop()
      receiver.stop()
    },
  }
}

function trustedRoutes(options: DeliveryOptions): RouteChoice {
  const routes = createRouteChoice({ ...options, routes: options.store })
  return {
    ...routes,
    async choose(sender, destination) {
      await ensureNotSuspended(options.directory.suspensions, destination)
      return routes.choose(sender, destination)
    },
  }
}

async function ensureVouched(
  options: DeliveryOptions,
  parcel: Parcel,
  signed: Buffer,
  voucher: Buffer,
): Promise<void> {
  const { clock, work } = options
  const now = clock.now()
  if (domainOf(parcel.recipient) !== options.domain) throw refused('is for another server')
  if (Math.abs(now / 1000 - parcel.sent) > longestWay) throw refused('is too old')
  for (const { octets } of await options.directory.signers(domainOf(parcel.sender)))
    if (await work.run('verifyDocument', octets, signed, voucher, now)) return
  throw refused('has no valid voucher')
}

function refused(reason: string): PluginError {
  return new PluginError('bad-format', `A delivered message ${reason}.`)
}

interface Acknowledging extends DeliveryOptions {
  readonly routes: RouteChoice
  readonly hops: (route: readonly Domain[]) => Promise<readonly Hop[]>
  readonly mor: Pick<Mor, 'send'> | null
}

// An onion like any other; only the key of its last layer is the one that came with the message.
async function acknowledge(
  { routes, hops, mor, counters, trace }: Acknowledging,
  { sender, recipient, reply }: Acknowledged,
  outcome: Outcome,
): Promise<void> {
  try {
    const route = await hops(await routes.choose(recipient, domainOf(sender)))
    const last = route.at(-1)
    if (!last || !mor) return
    const end = { server: last.server, key: usableWrappingKey(reply.key), tag: reply.tag }
    trace({ event: 'acknowledges', outcome })
    mor.send([...route.slice(0, -1), end], { kind: 'deliver', parcel: encodeReply(outcome) })
    counters.count('acknowledgements sent')
  } catch (error) {
    if (!(error instanceof PluginError)) throw error
    // The message comes again, and so does its acknowledgement.
    counters.count('acknowledgements not sent')
  }
}
