// What a visitor signs: that the user of this key is for some days at that server (PROTO s12.1).
import type { Domain, Fingerprint, UserAddress } from '../ports.js'

export interface VisitStatement {
  readonly user: UserAddress
  readonly key: Fingerprint
  /** The visited server. */
  readonly server: Domain
  /** Milliseconds, as whole seconds; both. */
  readonly from: number
  readonly until: number
  /** 16 octets, which the visited server chose. */
  readonly nonce: Buffer
}

export const nonceOctets = 16

/** The longest time that one statement is for, in milliseconds. */
export const longestVisit = 7 * 86_400_000

/** The text to be signed, without a line end behind the last line. */
export function encodeVisitStatement({ user, key, server, from, until, nonce }: VisitStatement): string {
  return [
    'P3DO visit v1',
    `user: ${user}`,
    `key: ${key}`,
    `server: ${server}`,
    `from: ${String(from / 1000)}`,
    `until: ${String(until / 1000)}`,
    `nonce: ${nonce.toString('hex')}`,
  ].join('\n')
}
