// What becomes of messages in the end, which their senders hear: acknowledged, refused, or given up (PROTO s6.2).
import { PluginError } from '../errors.js'
import type { Awaited } from './dispatch.js'
import type { Flight } from './flights.js'
import { loadOutgoing, sealOutgoing, type OutgoingMessage } from './outgoing-message.js'
import type { Outcome } from './reply.js'
import type { RoundTrips } from './round-trips.js'
import type { Sending, SenderOptions } from './sender.js'
import { isNoRoom } from './showing.js'

/** A number that was given up is told for as long as the receiver takes parcels of that age. */
const skipFor = 7 * 86_400_000
// Where the host did not take word for its user, or the disk not what there is to write.
const againAfter = 5000

export type LookAgainOptions = Pick<SenderOptions, 'clock' | 'patience' | 'random'> & {
  readonly roundTrips: Pick<RoundTrips, 'usual'>
}

/** Told when a flight is over. */
export type Settle = (flight: Flight) => void

/** Takes what a receiver answers to a part; ends the flight where that is the last word. */
export function takeReply(sending: Sending, awaited: Awaited, outcome: Outcome, settle: Settle): void {
  const { flight, part, sent, isFirst, mailbox } = awaited
  sending.trace({ event: 'acknowledged', outcome, part })
  // Of others the answer may have waited for messages before them, as a second answer has.
  if (sent !== null && (isFirst || outcome === 'kept')) sending.roundTrips.came(sending.clock.steady() - sent)
  awaited.sent = null
  if (flight.settled) return
  if (outcome === 'kept') {
    if (mailbox === flight.mailbox) flight.kept.add(part)
    return
  }
  flight.settled = true
  flight.cancel()
  void finish(sending, flight, outcome)
    .catch((error: unknown) => {
      // It is sent again after a restart, and acknowledged again.
      sending.log.error({ err: error }, 'An acknowledged message could not be taken out of the store.')
    })
    .then(() => {
      sending.replies.forget(flight.tags)
      settle(flight)
    })
}

async function finish(sending: Sending, flight: Flight, outcome: Exclude<Outcome, 'kept'>): Promise<void> {
  const { store, sealer, counters } = sending
  const message = await loadOutgoing(store, sealer, flight)
  if (message?.kind === 'message' && outcome !== 'shown')
    while (!(await tell(sending, message, reasonOf(outcome)))) await aWhile(sending, flight)
  await forget(sending, flight)
  counters.count(endings[outcome])
}

const endings = {
  shown: 'messages acknowledged',
  'recipient-unknown': 'messages refused by their receiver',
  refused: 'messages refused by their receiver',
  unsure: 'messages given up',
} as const

// A store without room may not even forget.
async function forget(sending: Sending, flight: Flight): Promise<void> {
  for (;;) {
    try {
      await sending.store.removeOutgoing(flight.conversation, flight.sequence)
      return
    } catch (error) {
      if (!isNoRoom(error)) throw error
    }
    await aWhile(sending, flight)
  }
}

function aWhile({ clock }: SenderOptions, flight: Flight): Promise<void> {
  return new Promise(resolve => (flight.cancel = clock.after(againAfter, resolve)))
}

/** Whether nothing of a message need be sent any more. */
export function isOver({ clock, patience }: SenderOptions, { since, givenUp }: Flight): boolean {
  return clock.steady() - since > (givenUp ? Math.max(skipFor, patience) : Infinity)
}

/**
 * Milliseconds until a message is looked at again at the latest: soon behind the end of its sender's patience, and not at that very
 * moment, which would tell whose skip it is.
 */
export function lookAgainAfter(
  { clock, patience, random, roundTrips }: LookAgainOptions,
  { since, givenUp }: Flight,
): number {
  const left = since + patience - clock.steady()
  if (givenUp) return Infinity
  return left > 0 ? left + random.exponential(roundTrips.usual) : againAfter
}

/**
 * The message itself while its sender has patience. A number that was given up goes on as a skip, so that what was sent after
 * it need not wait for it. Nothing goes on before its sender has been told: he may hear it twice when the plugin ends in
 * between, but never not at all. `null`: not now, the host is away.
 */
export async function orSkip(
  sending: Sending,
  flight: Flight,
  message: OutgoingMessage,
): Promise<OutgoingMessage | null> {
  const { clock, patience } = sending
  if (flight.givenUp || clock.steady() - flight.since <= patience) return message
  flight.isTold ||=
    message.kind !== 'message' || (await tell(sending, message, flight.obstacle ?? notAcknowledged()))
  return flight.isTold ? giveUp(sending, flight, message) : null
}

async function giveUp(
  { store, sealer, counters }: SenderOptions,
  flight: Flight,
  message: OutgoingMessage,
): Promise<OutgoingMessage> {
  const { label: _, ...rest } = message
  const skip: OutgoingMessage = { ...rest, kind: 'skip', payload: Buffer.alloc(0) }
  const { conversation, sequence } = flight
  await store.replaceOutgoing(conversation, sequence, sealOutgoing(sealer, flight, skip))
  flight.givenUp = true
  counters.count('messages given up')
  return skip
}

/** Gives a message up without a word to its sender. */
export async function abandon(options: SenderOptions, flight: Flight): Promise<void> {
  const message = flight.givenUp ? null : await loadOutgoing(options.store, options.sealer, flight)
  if (message && !flight.settled) await giveUp(options, flight, message)
}

/** Tells the sender of a message. `false`: not now, the host is away. */
async function tell(
  { failed }: SenderOptions,
  message: OutgoingMessage,
  reason: PluginError,
): Promise<boolean> {
  try {
    await failed(message, reason)
    return true
  } catch (error) {
    if (error instanceof PluginError && error.code === 'host-unreachable') return false
    throw error
  }
}

function notAcknowledged(): PluginError {
  return new PluginError(
    'not-acknowledged',
    'Your message was sent several times and nobody acknowledged it. It may have arrived; ask your contact before you send it again.',
  )
}

function reasonOf(outcome: Exclude<Outcome, 'kept' | 'shown'>): PluginError {
  const [code, text] = reasons[outcome]
  return new PluginError(code, text)
}

const reasons = {
  'recipient-unknown': ['recipient-unknown', "Your contact's server knows no such user. Check the address."],
  refused: [
    'recipient-untrusted',
    "Your contact's server could not open your message or did not trust its key. Ask your contact to write to you first.",
  ],
  unsure: [
    'not-acknowledged',
    "Your contact's server ended while it showed your message. It may have arrived; ask your contact before you send it again.",
  ],
} as const
