// The slow part of adding to a certificate on the ring: reading, verifying and merging what somebody brings. It is done on
// the worker thread, and knows nothing of the ring (PROTO s9.3).
import {
  broughtFor,
  mergeCertificates,
  parseCertificate,
  withoutEndedSubkeys,
  withoutUnapproved,
  type Certificate,
  type KnownIssuer,
} from '../openpgp/index.js'
import type { RingEntry } from '../ports.js'
import { issuerIn } from './server-certificates.js'

type Keys = readonly Certificate['primary'][]

/** Certificates of others, as raw packets, whose certifications may be kept. */
export interface Issuers {
  /** Authorities that certify this certificate. */
  readonly authorities: readonly Buffer[]
  /** Others, whose certifications are kept where the key holder approves of them. */
  readonly others: readonly Buffer[]
}

/**
 * What is on the ring of one certificate with what was brought of it added, a certificate or a revocation that stands
 * alone; `null` where that is no news. `now` is in milliseconds.
 * @throws PluginError `bad-format`, `certificate-invalid`
 */
export async function mergeBrought(
  kind: RingEntry['kind'],
  ring: Buffer,
  brought: Buffer,
  issuers: Issuers,
  now: number,
): Promise<Buffer | null> {
  const stored = parseCertificate(ring)
  const received = withoutNewUserIds(stored, broughtFor(stored, brought))
  const [authorities, others] = [keysOf(issuers.authorities), keysOf(issuers.others)]
  const merged = await mergeCertificates(stored, received, issuerAmong(authorities), issuerAmong(others))
  const kept = tidied(kind, merged, authorities, now)
  return kept.octets.equals((await inOrder(stored)).octets) ? null : kept.octets
}

// Only a user approves of what others certify. Where his authority is not known nothing can be told apart.
function tidied(kind: RingEntry['kind'], merged: Certificate, authorities: Keys, now: number): Certificate {
  if (kind === 'server') return withoutEndedSubkeys(merged, now)
  return authorities.length === 0 ? merged : withoutUnapproved(merged, authorities)
}

// A merge puts packets in one order; a new certificate may have them in another, which is no news.
function inOrder(stored: Certificate): Promise<Certificate> {
  return mergeCertificates(stored, { ...stored, signatures: [], userIds: [], subkeys: [] }, () => null)
}

// What is certified has exactly one user ID; another one beside it would end its being renewed.
function withoutNewUserIds(stored: Certificate, received: Certificate): Certificate {
  const isKnown = (packet: Buffer): boolean => stored.userIds.some(item => item.packet.equals(packet))
  return { ...received, userIds: received.userIds.filter(({ packet }) => isKnown(packet)) }
}

function keysOf(certificates: readonly Buffer[]): Keys {
  return certificates.map(octets => parseCertificate(octets).primary)
}

function issuerAmong(keys: Keys): KnownIssuer {
  return item => issuerIn(keys, item)
}
