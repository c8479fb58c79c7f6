// From when and until when a certificate on the ring is certified by its authority.
import { parseUserAddress } from '../addresses.js'
import { serverUserId, userIdOf } from '../openpgp/index.js'
import type { RingEntry } from '../ports.js'
import type { CertifiedSpan } from './certified-span.js'
import { trustedServer } from './server-certificates.js'
import type { Shelf } from './shelf.js'

/** See `Directory.certified`. */
export async function certifiedEntry(shelf: Shelf, entry: RingEntry): Promise<CertifiedSpan | null> {
  const { identity, clock, work } = shelf
  if (entry.kind === 'ended') return null
  const isServer = entry.kind === 'server'
  const issuer = isServer ? identity.certificate : await trustedServer(shelf, entry.domain)
  if (!issuer) return null
  const userId = isServer ? serverUserId(entry.domain) : userIdOf(parseUserAddress(entry.subject))
  return work.run('certifiedSpan', entry.certificate, userId, issuer.octets, clock.now())
}
