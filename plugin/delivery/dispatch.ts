// Puts a message on its way: cut into parts that fit the route, each with a reply key of its own (PROTO s6.2).
import { longestContents, type Mor } from '../mor/index.js'
import { PluginError } from '../errors.js'
import type { Clock, Counters, DeliveryStore, UserAddress } from '../ports.js'
import type { Sealer } from '../sealer.js'
import type { Flight } from './flights.js'
import { sealOutgoing, type OutgoingMessage } from './outgoing-message.js'
import { encodeParcel, mostParts, parcelOverhead } from './parcel.js'
import type { Replies } from './replies.js'
import { nameOf, type Way, type Ways } from './ways.js'

/** A part that was sent and may be answered. */
export interface Awaited {
  readonly flight: Flight
  readonly part: number
  /** When it was sent, by the steady clock; `null` once it was answered. */
  sent: number | null
  /** Whether no message before it waited then: it is shown as soon as it arrives. */
  readonly isFirst: boolean
  /** See `Flight.mailbox`. */
  readonly mailbox: string | null
}

/** A visitor's word that he is here; `null` for an own user. @throws PluginError for whoever is neither */
export type ProofOf = (sender: UserAddress) => Buffer | null

export interface DispatchOptions {
  readonly store: Pick<DeliveryStore, 'replaceOutgoing'>
  readonly sealer: Sealer
  readonly ways: Ways
  readonly mor: Pick<Mor, 'send'>
  readonly replies: Replies<Awaited>
  readonly oldest: (flight: Flight) => number
  readonly proofOf: ProofOf
  readonly sign: (octets: Buffer) => Promise<Buffer>
  readonly clock: Clock
  readonly counters: Counters
}

/** How long an acknowledgement is known as one: as long as the receiver takes parcels of that age. */
const replyFor = 7 * 86_400_000

/** Sends what the other side does not have yet. @throws PluginError where there is no way now */
export async function dispatch(
  sending: DispatchOptions,
  flight: Flight,
  message: OutgoingMessage,
): Promise<void> {
  const { ways, mor, oldest, counters } = sending
  if (flight.attempts > 0) ways.avoid(message)
  const way = await ways.choose(message)
  const route = await ways.hops(way)
  flight.obstacle = null
  const proof = sending.proofOf(message.sender)
  const { mailbox: _, ...plain } = message
  const proven = { ...plain, ...(proof && { proof }) }
  const parts = cut(message.payload, longestContents(route.length) - parcelOverhead(proven))
  if (parts.length > mostParts) throw noRoom()
  await rememberWay(sending, flight, message, way)
  if (parts.length !== flight.parts) flight.kept.clear()
  flight.parts = parts.length
  const isFirst = oldest(flight) === flight.sequence
  for (const part of wanted(flight, isFirst)) {
    const now = sending.clock.now()
    const parcel = { ...proven, ...placeOf(flight), oldest: oldest(flight), part, parts: parts.length }
    const awaited = { flight, part, sent: sending.clock.steady(), isFirst, mailbox: flight.mailbox }
    const reply = expectReply(sending, awaited, now)
    const sent = Math.floor(now / 1000)
    const payload = parts[part] ?? message.payload
    const octets = await encodeParcel({ ...parcel, sent, reply, payload }, sending.sign)
    mor.send(route, { kind: 'deliver', parcel: octets })
    counters.count(flight.attempts === 0 ? 'parcels sent' : 'parcels sent again')
    if (way.mailbox) counters.count('parcels sent to mailboxes')
  }
}

// When the other side has all of it, one part asks what became of it, unless others wait before it: then those ask.
function wanted({ parts, kept }: Flight, isFirst: boolean): readonly number[] {
  const missing = Array.from({ length: parts }, (_, part) => part).filter(part => !kept.has(part))
  if (missing.length > 0) return missing
  return isFirst ? [0] : []
}

// On disk before it leaves: a later start must not send it to the home as if nobody had it yet. What was kept at one place is
// not at the other.
async function rememberWay(
  { store, sealer }: DispatchOptions,
  flight: Flight,
  message: OutgoingMessage,
  { mailbox }: Way,
): Promise<void> {
  const name = mailbox ? nameOf(mailbox) : undefined
  flight.mailbox = name ?? null
  if (name === message.mailbox) return
  flight.kept.clear()
  const { mailbox: _, ...rest } = message
  const changed = { ...rest, ...(name !== undefined && { mailbox: name }) }
  const { conversation, sequence } = flight
  await store.replaceOutgoing(conversation, sequence, sealOutgoing(sealer, flight, changed))
}

function expectReply({ replies }: DispatchOptions, awaited: Awaited, now: number) {
  const reply = replies.expect(awaited, now + replyFor)
  awaited.flight.tags.push(reply.tag)
  return reply
}

function placeOf({ conversation, sequence }: Flight): { conversation: Buffer; sequence: number } {
  return { conversation, sequence }
}

// An empty payload is one part too.
function cut(payload: Buffer, length: number): Buffer[] {
  const most = Math.max(1, length)
  return Array.from({ length: Math.max(1, Math.ceil(payload.length / most)) }, (_, part) =>
    payload.subarray(part * most, (part + 1) * most),
  )
}

// It was accepted under another proof, or before there was one.
function noRoom(): PluginError {
  return new PluginError(
    'message-too-long',
    'What proves your visit leaves too little room for this message. Send it in shorter messages.',
  )
}
