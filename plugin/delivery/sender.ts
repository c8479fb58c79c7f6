// Sends what was accepted until it is acknowledged: in cells, over changing routes, in turns between users (PROTO s6.2).
import { PluginError } from '../errors.js'
import type { Mor } from '../mor/index.js'
import type { Cancel, Clock, Counters, DeliveryStore, Log, Random, Trace, UserAddress } from '../ports.js'
import type { Sealer } from '../sealer.js'
import type { DeliveryState } from './delivery.js'
import { dispatch, type Awaited, type DispatchOptions, type ProofOf } from './dispatch.js'
import { createFlights, newFlight, type Flight } from './flights.js'
import { createOutbox } from './outbox.js'
import { loadOutgoing, type OutgoingMessage } from './outgoing-message.js'
import { abandon, isOver, orSkip, takeReply, type Settle } from './outcomes.js'
import { pendingOf, type PendingMessage } from './pending.js'
import { createReplies } from './replies.js'
import { createRoundTrips, type RoundTrips } from './round-trips.js'
import { parseReply } from './reply.js'
import { createTimetable } from './timetable.js'
import { startWaitNotices, type TellWaiting } from './wait-notices.js'
import type { Way, Ways } from './ways.js'

export interface SenderOptions {
  readonly store: DeliveryStore
  readonly sealer: Sealer
  readonly ways: Ways
  /** See `DispatchOptions`. */
  readonly proofOf: ProofOf
  readonly sign: (octets: Buffer) => Promise<Buffer>
  /** Under whose name the messages of a sender count. */
  readonly payerOf: (sender: UserAddress) => UserAddress
  /** Told when a message is given up: its sender learns why. @throws PluginError `host-unreachable` */
  readonly failed: (message: OutgoingMessage, reason: PluginError) => Promise<void>
  /** Told when a message waits for long: its sender learns of it. @throws PluginError `host-unreachable` */
  readonly waits: TellWaiting
  /** About how long an acknowledgement takes, and how long a message is tried, milliseconds. */
  readonly roundTrip: number
  /** How many messages may be on their way at a time; see `UnderWayOptions`. */
  readonly mostUnderWay: number
  readonly patience: number
  readonly clock: Clock
  readonly random: Random
  readonly counters: Counters
  readonly trace: Trace
  readonly log: Log
}

export interface Sender {
  /** Resolves when the message is on disk and will arrive, or its sender be told. @throws PluginError when it is refused */
  accept(message: OutgoingMessage): Promise<void>
  /** Takes an acknowledgement. @throws PluginError `bad-format` */
  replied(octets: Buffer, tag: Buffer): void
  /** Begins to send, with what an earlier start left. */
  start(mor: SendingMor): Promise<void>
  readonly waiting: number
  /** Messages of a user that are not acknowledged yet, the oldest first. */
  pendingOf(user: UserAddress): Promise<readonly PendingMessage[]>
  /** Gives a user's messages up without a word to him. */
  abandon(user: UserAddress): Promise<void>
  /** A server is away, or there again for good: what waits may go another way now. */
  hasten(): void
  /** Messages, without those that were given up. */
  state(): Pick<DeliveryState, 'queued' | 'inFlight' | 'oldest'>
  stop(): void
}

/** What a sender needs of onion routing. */
export type SendingMor = Pick<Mor, 'send' | 'expect' | 'waiting' | 'ensureLength' | 'onHeard'>

// So few cells wait in the speaker that those of another user are never far behind.
const mostSpoken = 16

/** A sender that has begun to send. */
export type Sending = SenderOptions &
  DispatchOptions & { readonly mor: SendingMor; readonly roundTrips: RoundTrips }

export function createSender(options: SenderOptions): Sender {
  const { counters } = options
  const flights = createFlights()
  let sending: Sending | null = null
  let stopped = false
  // What an earlier start left is older, and must be known before anything new of its conversations is sent.
  const loaded = createLatch()
  const accept = createOutbox({
    ...options,
    ensureWay: way => ensureWay(options, sending, way),
    waiting: () => flights.size,
    waitingOf: user => flights.of(user),
  })
  const roundTrips = createRoundTrips(options.roundTrip)
  const timetable = createTimetable({
    ...options,
    flights,
    roundTrips,
    async leave(flight) {
      if (!sending || flight.settled) return false
      await attempt(sending, flight, timetable.settle)
      return !isSettled(flight) && !stopped
    },
  })
  let stopNotices: Cancel = () => undefined

  return {
    async accept(message) {
      await loaded.opened
      const place = await accept(message)
      counters.count('messages sent')
      timetable.enter(newFlight(options.clock, place, message, options.payerOf(message.sender)))
    },
    replied(octets, tag) {
      const awaited = sending?.replies.find(tag)
      if (sending && awaited) takeReply(sending, awaited, parseReply(octets), timetable.acknowledged)
      else counters.count('acknowledgements too late')
    },
    async start(mor) {
      const replies = createReplies<Awaited>(mor, options.random)
      sending = { ...options, mor, replies, roundTrips, oldest: flights.oldest }
      for (const flight of await loadFlights(options)) timetable.enter(flight)
      loaded.open()
      mor.onHeard(timetable.peerHeard)
      stopNotices = startWaitNotices({ ...options, flights })
      timetable.start(() => mor.waiting() >= mostSpoken)
    },
    hasten: timetable.peerHeard,
    get waiting() {
      return flights.size
    },
    ...messagesOf(options, () => flights.all()),
    state: () => stateOf(flights.all().filter(({ givenUp }) => !givenUp)),
    stop() {
      stopped = true
      timetable.stop()
      stopNotices()
      for (const flight of flights.all()) flight.cancel()
    },
  }
}

function messagesOf(
  options: SenderOptions,
  flights: () => readonly Flight[],
): Pick<Sender, 'pendingOf' | 'abandon'> {
  return {
    pendingOf: user => pendingOf(options, flights(), user),
    async abandon(user) {
      for (const flight of flights().filter(({ sender }) => sender === user)) await abandon(options, flight)
    },
  }
}

function createLatch(): { readonly opened: Promise<void>; open(): void } {
  let resolve: () => void = () => undefined
  const opened = new Promise<void>(done => (resolve = done))
  return {
    opened,
    open() {
      resolve()
    },
  }
}

// What an earlier start left.
async function loadFlights({ store, sealer, payerOf, clock }: SenderOptions): Promise<Flight[]> {
  const flights: Flight[] = []
  for (const place of await store.listOutgoing()) {
    const message = await loadOutgoing(store, sealer, place)
    if (message) flights.push(newFlight(clock, place, message, payerOf(message.sender)))
  }
  return flights
}

function stateOf(waiting: readonly Flight[]): ReturnType<Sender['state']> {
  const queued = waiting.filter(({ attempts }) => attempts === 0).length
  const oldest = waiting.reduce((first, { accepted }) => Math.min(first, accepted), Infinity)
  return { queued, inFlight: waiting.length - queued, oldest: oldest === Infinity ? null : oldest }
}

async function ensureWay({ ways }: SenderOptions, sending: Sending | null, way: Way): Promise<void> {
  const [first] = await ways.hops({ route: way.route.slice(0, 1), mailbox: null })
  if (first) sending?.mor.ensureLength(first.server, way.route.length)
}

// Meanwhile it may have been.
function isSettled(flight: Flight): boolean {
  return flight.settled
}

// Never rejects: whatever stands in the way now, the message is tried again.
async function attempt(sending: Sending, flight: Flight, settle: Settle): Promise<void> {
  const { store, sealer } = sending
  try {
    const message = await loadOutgoing(store, sealer, flight)
    if (message && !isOver(sending, flight)) {
      const ready = await orSkip(sending, flight, message)
      if (ready) await dispatch(sending, flight, ready)
      return
    }
    await store.removeOutgoing(flight.conversation, flight.sequence)
    sending.replies.forget(flight.tags)
    settle(flight)
  } catch (error) {
    flight.obstacle = obstacleOf(sending, error)
  }
}

function obstacleOf({ log }: SenderOptions, error: unknown): PluginError | null {
  if (error instanceof PluginError) return error
  log.error({ err: error }, 'A message could not be sent now; it is tried again.')
  return null
}
