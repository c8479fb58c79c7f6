// What clients tell each other of messages; part of ports.ts, by which everybody imports it.
import type { UserAddress } from './ports.js'

/** What a sender's client wants to be told of: a receipt (XEP-0184), or how far it was read (XEP-0333). */
export type Ask = 'receipt' | 'markers'

/** Tells the contact's client what became of a message of his; nobody reads it as text. */
export interface Mark {
  readonly user: UserAddress
  readonly contact: UserAddress
  /** See `ChatMessage`. */
  readonly as?: UserAddress
  /** What the client calls the message: the name under which it was shown, or that its user's client gave it. */
  readonly id: string
  /** A receipt (XEP-0184), or one of the markers of XEP-0333. */
  readonly kinds: readonly MarkKind[]
  /** See `ChatMessage`. */
  readonly transparent?: boolean
}

export type MarkKind = 'receipt' | 'received' | 'displayed' | 'acknowledged'
