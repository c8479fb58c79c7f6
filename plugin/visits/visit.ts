// What a visit is: a user of another server, which may be down, goes on here with an account of this one (PROTO s12).
import type { UnwrappingKey, UserKey } from '../openpgp/index.js'
import type { Fingerprint, UserAddress } from '../ports.js'

export interface Visit {
  /** Who visits, at the address of the own server. */
  readonly user: UserAddress
  /** The account of this server that is used for it. */
  readonly account: UserAddress
  /** Of the visitor's certificate. */
  readonly fingerprint: Fingerprint
  /** The visitor's own key where it was brought here; `null`: the client holds it. */
  readonly key: UserKey | null
  /** `null` until it was brought: the visitor can write then, but is not found yet. */
  readonly mailbox: UnwrappingKey | null
  /** The signed statement, see `proof.ts`; `null` as long as nothing but a TLS certificate says who it is: nothing can be sent then. */
  readonly proof: Buffer | null
  /** The TLS client certificate by which it began, DER; `null` where it began otherwise. */
  readonly certificate: Buffer | null
  /** Milliseconds. */
  readonly until: number
}

/** Why a visit is over. */
export type VisitEnd =
  /** The account said so. */
  | 'asked'
  | 'expired'
  /** The same user proved who it is with another account. */
  | 'taken-over'
  /** The account visits as somebody else now. */
  | 'replaced'
  /** The key, its certification or the TLS certificate counts no more. */
  | 'revoked'
  /** The own server is there again and has taken over what came in. */
  | 'handed-over'

/** What happened to a visit. */
export type VisitChange = 'begun' | 'changed' | VisitEnd
