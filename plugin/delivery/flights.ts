// Messages that wait for their acknowledgement, by conversation: only the first few of each are on their way at a time.
import type { Cancel, Clock, UserAddress } from '../ports.js'
import type { PluginError } from '../errors.js'
import type { OutgoingMessage, Place } from './outgoing-message.js'

/** A message on its way, without what it says. */
export interface Flight extends Place {
  readonly sender: UserAddress
  /** Under whose name it counts: with his pseudonyms a user gets no more than without. */
  readonly payer: UserAddress
  /** Whether its sender waits for word of it. */
  readonly isMessage: boolean
  /** When it was accepted, milliseconds since 1970, as far as the clock was right then. */
  readonly accepted: number
  /** The same by the steady clock, which nobody sets, so that a clock set wrong takes no patience away. */
  readonly since: number
  /** How often it was sent. */
  attempts: number
  /** How often the wait for its acknowledgement has grown. */
  growth: number
  /** When it is sent again, by the steady clock; `null` while nothing is planned: it is under way, or its turn has not come. */
  due: number | null
  /** Into how many parts it was cut the last time, and which of them the other side has. */
  parts: number
  readonly kept: Set<number>
  /** The mailbox to which it was sent the last time since the start; `null` for the recipient's home. */
  mailbox: string | null
  /** Tags of its reply keys. */
  readonly tags: Buffer[]
  /** Why it could not leave the last time. */
  obstacle: PluginError | null
  /** Its sender knows that nobody acknowledged it. */
  isTold: boolean
  givenUp: boolean
  settled: boolean
  cancel: Cancel
}

export interface Flights {
  readonly size: number
  /** How many count under a user's name. */
  of(payer: UserAddress): number
  /** Takes a message up. `true`: it is among the first of its conversation and may leave. */
  add(flight: Flight): boolean
  /** Ends the wait for a message, and gives the one that may leave now in its place. */
  settle(flight: Flight): Flight | null
  /** The first number of a conversation that is not settled, at most `sequence`. */
  oldest(flight: Flight): number
  /** The first of each conversation. */
  heads(): Flight[]
  /** Those of the same conversation that are on their way. */
  beside(flight: Flight): Flight[]
  all(): Flight[]
}

/** Messages of a conversation that are on their way at a time: enough for a lively talk, few enough to put in order. */
export const window = 8

/** A message that was not sent yet. */
export function newFlight(
  clock: Pick<Clock, 'now' | 'steady'>,
  { conversation, sequence, accepted }: Place & { readonly accepted: number },
  { sender, kind }: Pick<OutgoingMessage, 'sender' | 'kind'>,
  payer: UserAddress = sender,
): Flight {
  return {
    conversation,
    sequence,
    sender,
    payer,
    isMessage: kind === 'message',
    accepted,
    since: clock.steady() - Math.max(0, clock.now() - accepted),
    attempts: 0,
    growth: 0,
    due: null,
    parts: 0,
    kept: new Set(),
    mailbox: null,
    tags: [],
    obstacle: null,
    isTold: false,
    givenUp: kind === 'skip',
    settled: false,
    cancel: () => undefined,
  }
}

export function createFlights(): Flights {
  const conversations = new Map<string, Flight[]>()
  const users = new Map<UserAddress, number>()
  let size = 0
  const count = (user: UserAddress, change: 1 | -1): void => {
    size += change
    const left = (users.get(user) ?? 0) + change
    if (left > 0) users.set(user, left)
    else users.delete(user)
  }
  return {
    get size() {
      return size
    },
    of: user => users.get(user) ?? 0,
    add(flight) {
      const name = flight.conversation.toString('hex')
      const flights = conversations.get(name) ?? []
      conversations.set(name, flights)
      count(flight.payer, 1)
      return flights.push(flight) <= window
    },
    settle(flight) {
      const name = flight.conversation.toString('hex')
      const flights = conversations.get(name) ?? []
      const at = flights.indexOf(flight)
      if (at < 0) return null
      flight.settled = true
      flight.cancel()
      flights.splice(at, 1)
      count(flight.payer, -1)
      if (flights.length === 0) conversations.delete(name)
      return at < window ? (flights[window - 1] ?? null) : null
    },
    oldest: ({ conversation, sequence }) =>
      Math.min(conversations.get(conversation.toString('hex'))?.[0]?.sequence ?? sequence, sequence),
    heads: () => [...conversations.values()].flatMap(flights => flights.slice(0, 1)),
    beside: ({ conversation }) => (conversations.get(conversation.toString('hex')) ?? []).slice(0, window),
    all: () => [...conversations.values()].flat(),
  }
}
