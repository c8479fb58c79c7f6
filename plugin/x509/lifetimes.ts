// How long what the X.509 authority signs is good for, in milliseconds.
import { X509Certificate } from 'node:crypto'

const day = 86_400_000
/** The authority's own certificate. */
export const authorityLifetime = 3650 * day
/** A user's certificate: as long as a user's OpenPGP certification. */
export const clientLifetime = 90 * day
/** How long a revocation list may be used; a new one is made long before. */
export const listLifetime = 7 * day

/** Whether it ends within a year, in which it issues what would outlive it. `now` is in milliseconds. */
export function endsSoon(authority: string, now: number): boolean {
  return Date.parse(new X509Certificate(authority).validTo) - now < 365 * day
}
