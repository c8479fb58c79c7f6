// Mail between users: sent until it is acknowledged, checked when it arrives, shown once (PROTO s6, s10).
import { homeOf } from '../addresses.js'
import { PluginError } from '../errors.js'
import type { Mor } from '../mor/index.js'
import { ensureNotSuspended, type Directory, type Federation } from '../pki/index.js'
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
import type { Visits } from '../visits/index.js'
import type { Work } from '../work.js'
import { endingAt, hopsOf } from './hops.js'
import { labelOf } from './label.js'
import type { OutgoingMessage } from './outgoing-message.js'
import { parseParcel } from './parcel.js'
import { watchAbsences } from './absences.js'
import { createReceiver, type Acknowledged, type HandOver, type Mail } from './receiver.js'
import { encodeReply, type Outcome } from './reply.js'
import { mostUnderWay, roundTrip } from './resending.js'
import { createRouteChoice, type RouteChoice } from './route-choice.js'
import type { PendingMessage } from './pending.js'
import { createSender, type SendingMor } from './sender.js'
import { serveTakingOver, type TakingOverOptions } from './taking-over.js'
import { createVisitors } from './visitors.js'
import { serverOf } from './vouching.js'
import type { TellWaiting } from './wait-notices.js'
import { createWays } from './ways.js'

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
  /** Under whose name the messages of a sender count: a pseudonym's under its owner's. */
  readonly payerOf: (sender: UserAddress) => UserAddress
  /** Opens mail whose sender is sure. @throws PluginError */
  readonly open: (mail: Mail) => Promise<HandOver>
  /** See `UserLink`. */
  readonly dropsRepeats: () => Promise<boolean>
  /** Tells a user that a message of his does not arrive. @throws PluginError `host-unreachable` */
  readonly failed: (message: OutgoingMessage, reason: PluginError) => Promise<void>
  /** Tells a user that a message of his waits. @throws PluginError `host-unreachable` */
  readonly waits: TellWaiting
  readonly federation: Pick<Federation, 'peers' | 'ask' | 'serve'>
  /** Users of other servers who are here. */
  readonly visits: Pick<Visits, 'all' | 'byUser' | 'sender' | 'end' | 'onChange'>
  /** Makes another mailbox key for an own user. */
  readonly renewMailbox: (user: UserAddress) => Promise<void>
  /** Tells an own user of a visit that is over; never throws. */
  readonly visitOver: TakingOverOptions['visitOver']
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
  /** What it is called for the recipient's client, `null` for nothing; `id` where it is absent. */
  readonly shownAs?: string | null
  /** None where it is absent. */
  readonly asks?: readonly Ask[]
  /** The message of this sender to this recipient that it corrects, as that one was called for the recipient's client. */
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
  /** Goes on without a user's messages: they are neither sent any more, nor is he told of them. */
  abandon(user: UserAddress): Promise<void>
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

export function createDelivery(options: DeliveryOptions): Delivery {
  const routes = trustedRoutes(options)
  let mor: Pick<Mor, 'send'> | null = null
  const absences = watchAbsences({
    ...options,
    changed: () => {
      sender.hasten()
    },
  })
  const sender = createSender({
    ...options,
    ways: createWays({ ...options, routes, absences }),
    proofOf: user => proofOf(options, user),
    roundTrip: roundTrip(options.pace, options.routeLength, options.extraHops),
    mostUnderWay: mostUnderWay(options.pace, options.routeLength, options.extraHops),
  })
  const receiver = createReceiver({
    ...options,
    acknowledge: (awaited, outcome) => acknowledge({ ...options, routes, mor }, awaited, outcome),
  })
  const visitors = createVisitors({ ...options, absences, receiver })
  serveTakingOver({ ...options, receiver })
  return {
    send({ kind = 'message', asks, replaces, shownAs, ...letter }) {
      const name = shownAs === undefined ? letter.id : shownAs
      const label = labelOf(kind === 'message' ? name : null, asks, replaces)
      return sender.accept({ ...letter, kind, ...(label && { label }) })
    },
    async receive(octets, tag) {
      const visitor = tag && visitors.find(tag)
      if (tag !== null && !visitor) {
        sender.replied(octets, tag)
        return
      }
      const { parcel, signed, voucher } = parseParcel(octets)
      const server = await serverOf(options, parcel, { signed, voucher, visitor })
      const vouched = { ...parcel, server }
      await (visitor ? visitors.take(visitor, vouched) : receiver.receive(vouched))
    },
    async start(started) {
      mor = started
      await visitors.start(started)
      await sender.start(started)
      await receiver.start()
    },
    get waiting() {
      return sender.waiting
    },
    pendingOf: sender.pendingOf,
    abandon: sender.abandon,
    state: () => ({ ...sender.state(), kept: receiver.kept }),
    stop() {
      absences.stop()
      visitors.stop()
      sender.stop()
      receiver.stop()
    },
  }
}

function trustedRoutes(options: DeliveryOptions): RouteChoice {
  // A visitor chooses routes with the account.
  const accountOf = (user: UserAddress): UserAddress => options.visits.byUser(user)?.account ?? user
  const loadRoute: RouteStore['loadRoute'] = (user, destination) =>
    options.store.loadRoute(accountOf(user), destination)
  const routes = createRouteChoice({ ...options, routes: { loadRoute } })
  return {
    ...routes,
    async choose(sender, destination) {
      await ensureNotSuspended(options.directory.suspensions, destination)
      return routes.choose(sender, destination)
    },
    async around(sender, home) {
      await ensureNotSuspended(options.directory.suspensions, home)
      return routes.around(sender, home)
    },
  }
}

// What a visitor sends is under his own word that he is here.
function proofOf({ domain, visits }: DeliveryOptions, sender: UserAddress): Buffer | null {
  if (homeOf(sender) === domain) return null
  const proof = visits.sender(sender)?.proof
  if (proof) return proof
  throw new PluginError('not-local', 'Your visit here is over. Send it again from your own server.')
}

interface Acknowledging extends DeliveryOptions {
  readonly routes: RouteChoice
  readonly mor: Pick<Mor, 'send'> | null
}

// An onion like any other; only the key of its last layer is the one that came with the message.
async function acknowledge(
  { routes, directory, clock, mor, counters, trace }: Acknowledging,
  { recipient, reply, server }: Acknowledged,
  outcome: Outcome,
): Promise<void> {
  try {
    const route = await hopsOf({ directory, clock }, await routes.choose(recipient, server))
    if (!mor) return
    trace({ event: 'acknowledges', outcome })
    mor.send(endingAt(route, reply.key, reply.tag), { kind: 'deliver', parcel: encodeReply(outcome) })
    counters.count('acknowledgements sent')
  } catch (error) {
    if (!(error instanceof PluginError)) throw error
    // The message comes again, and so does its acknowledgement.
    counters.count('acknowledgements not sent')
  }
}
