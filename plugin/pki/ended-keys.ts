// Users' keys that were revoked or taken back, and have been replaced: kept under their fingerprints, so that whoever has one
// learns of its end, and that none is certified again (PROTO s9.3).
import { PluginError } from '../errors.js'
import { parseCertificate, type Certificate } from '../openpgp/index.js'
import type { Domain, Fingerprint, RingEntry, UserAddress } from '../ports.js'
import type { Shelf } from './shelf.js'
import type { Distrust } from './trust.js'

/** Puts a user's certificate on the ring. One of another key gives way, and stays as ended where it is. */
export async function putUser(
  shelf: Shelf,
  address: UserAddress,
  domain: Domain,
  certificate: Certificate,
  doubtOf: (entry: RingEntry) => Promise<Distrust | null>,
): Promise<void> {
  const stored = await shelf.ring.find('user', address)
  if (stored && stored.fingerprint !== certificate.fingerprint && isEnd(await doubtOf(stored)))
    await shelf.put('ended', stored.fingerprint, stored.domain, parseCertificate(stored.certificate))
  await shelf.put('user', address, domain, certificate)
}

/** What is kept of a key that ended and was replaced; `null` for any other. */
export async function endedKey({ ring }: Shelf, fingerprint: Fingerprint): Promise<Certificate | null> {
  const entry = await ring.find('ended', fingerprint)
  return entry && parseCertificate(entry.certificate)
}

/** Whether a key is not to be certified again for that reason. */
export function isEnd(doubt: Distrust | null): doubt is 'revoked' | 'certification-revoked' {
  return doubt === 'revoked' || doubt === 'certification-revoked'
}

/** A newer certification would outdate what the server took back, and of a revoked key it is worth nothing. */
export function keyEnded(doubt: 'revoked' | 'certification-revoked'): PluginError {
  const reason =
    doubt === 'revoked'
      ? 'This key cannot be certified: it was revoked.'
      : 'The admin of this server took the certification of this key back.'
  return new PluginError('custody-wrong', `${reason} Make another key.`)
}
