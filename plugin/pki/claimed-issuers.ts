// Whoever else on the ring may have made the signatures of a certificate, by their claims (PROTO s9.3).
import { claimedKeyIds, parseCertificate, type Certificate, type PublicKey } from '../openpgp/index.js'
import type { Fingerprint, RingEntry, RingStore } from '../ports.js'

/** A certificate has room for more certifications by others, but each costs a look at the ring. */
export const mostOthers = 64

/** Entries that have one of these keys, those of the certificate itself left out. */
export async function claimedIssuers(
  ring: RingStore,
  claimed: readonly string[],
  own: Fingerprint,
): Promise<RingEntry[]> {
  const found = await Promise.all(claimed.map(keyId => ring.withKey(keyId)))
  return found.flat().filter(({ fingerprint }) => fingerprint !== own)
}

/** Primary keys of those whose certifications a user's certificate may bring along with his approval. */
export async function othersOf(ring: RingStore, received: Certificate): Promise<PublicKey[]> {
  const claimed = claimedKeyIds(received).slice(0, mostOthers)
  const entries = await claimedIssuers(ring, claimed, received.fingerprint)
  return entries.slice(0, mostOthers).map(({ certificate }) => parseCertificate(certificate).primary)
}
