// What users hand over: refused at once, or on disk with a number of its own before it counts as accepted (PROTO s6.2).
import { PluginError } from '../errors.js'
import type { Clock, DeliveryStore, Log, Random, UserAddress } from '../ports.js'
import type { Sealer } from '../sealer.js'
import { createNamedTurns } from '../turns.js'
import { longestContents, longestRoute } from '../mor/index.js'
import type { ProofOf } from './dispatch.js'
import { conversationLabel, sealOutgoing, type OutgoingMessage, type Place } from './outgoing-message.js'
import { mostParts, parcelOverhead } from './parcel.js'
import type { Way, Ways } from './ways.js'

export interface OutboxOptions {
  readonly store: DeliveryStore
  readonly sealer: Sealer
  readonly ways: Pick<Ways, 'choose'>
  /** @throws PluginError `route-invalid` for a route that is too long where it begins */
  readonly ensureWay: (way: Way) => Promise<void>
  /** See `SenderOptions`; both. */
  readonly proofOf: ProofOf
  readonly payerOf: (sender: UserAddress) => UserAddress
  /** How many messages count under a user's name, and how many in all, wait for their acknowledgement now. */
  readonly waitingOf: (user: UserAddress) => number
  readonly waiting: () => number
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
}

// With these, what waits takes some MB of memory; the messages themselves lie on disk.
const mostOfUser = 500
const mostOfAll = 20_000

/**
 * Returns what accepts a message: it resolves when the message can't be lost any more, with its place.
 * @throws PluginError `route-unreachable`, `too-many-requests`, `queue-full`, `message-too-long`; see `ProofOf`
 */
export function createOutbox(
  options: OutboxOptions,
): (message: OutgoingMessage) => Promise<Place & { readonly accepted: number }> {
  const inTurn = createNamedTurns()
  return async message => {
    ensureRoom(options, message.sender)
    ensureLength(options, message)
    // Without a route now there may be none for long: the user learns that at once.
    await options.ensureWay(await options.ways.choose(message))
    const name = options.sealer.name(conversationLabel(message.sender, message.recipient))
    // One after the other: a number without a message would make those behind it wait.
    return inTurn(name.toString('hex'), () => keep(options, name, message))
  }
}

async function keep(
  { store, sealer, clock, random, log }: OutboxOptions,
  name: Buffer,
  message: OutgoingMessage,
): Promise<Place & { readonly accepted: number }> {
  try {
    const known = await store.loadConversation(name)
    const place = { conversation: known?.conversation ?? random.octets(16), sequence: known?.next ?? 0 }
    const accepted = clock.now()
    await store.addOutgoing(name, { ...place, accepted, sealed: sealOutgoing(sealer, place, message) })
    return { ...place, accepted }
  } catch (cause) {
    // No room: the admins have been told.
    if (cause instanceof PluginError) throw cause
    log.error({ err: cause }, 'A message could not be kept on disk and was refused.')
    throw new PluginError('queue-full', 'The server can not keep your message now. Try again later.', {
      cause,
    })
  }
}

function ensureLength({ proofOf }: OutboxOptions, { payload, ...message }: OutgoingMessage): void {
  const proof = proofOf(message.sender)
  const room = longestContents(longestRoute) - parcelOverhead({ ...message, ...(proof && { proof }) })
  const most = mostParts * Math.max(0, room)
  if (payload.length > most)
    throw new PluginError(
      'message-too-long',
      `The message has ${String(payload.length)} octets; at most ${String(most)} can be sent. Send it in shorter messages.`,
    )
}

function ensureRoom({ waiting, waitingOf, payerOf }: OutboxOptions, sender: UserAddress): void {
  if (waitingOf(payerOf(sender)) >= mostOfUser)
    throw new PluginError(
      'too-many-requests',
      'Too many of your messages are on their way. Wait until some have arrived, then send this one again.',
    )
  if (waiting() >= mostOfAll)
    throw new PluginError('queue-full', 'Too many messages are on their way. Try again in a few minutes.')
}
