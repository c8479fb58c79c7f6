// What anybody may add to a certificate that is on the ring: what its key or its authority signed (PROTO s9.3).
import {
  issuerKeyIdOf,
  mergeCertificates,
  parseCertificate,
  withoutEndedSubkeys,
  type Certificate,
  type PublicKey,
} from '../openpgp/index.js'
import type { Domain, RingEntry } from '../ports.js'
import { issuerIn, signersOf } from './server-certificates.js'
import type { Shelf } from './shelf.js'

/** See `Directory.amend`. */
export async function amend(
  shelf: Shelf,
  { kind, subject, domain }: RingEntry,
  received: Certificate,
): Promise<boolean> {
  const entry = await shelf.ring.find(kind, subject)
  if (entry?.fingerprint !== received.fingerprint) return false
  const stored = parseCertificate(entry.certificate)
  const issuers = await issuersOf(shelf, entry, received)
  const known = withoutNewUserIds(stored, received)
  const merged = await mergeCertificates(stored, known, item => issuerIn(issuers, item))
  const kept = kind === 'server' ? withoutEndedSubkeys(merged, shelf.clock.now()) : merged
  if (kept.octets.equals((await inOrder(stored)).octets)) return false
  await shelf.put(kind, subject, domain, kept)
  return true
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

// A user is certified by the authority of the domain alone; a server is countersigned by any that is trusted here.
async function issuersOf(shelf: Shelf, entry: RingEntry, received: Certificate): Promise<PublicKey[]> {
  const domains = entry.kind === 'user' ? [entry.domain] : await claimedServers(shelf, received)
  const found = await Promise.all(domains.map(domain => signersOf(shelf, domain)))
  return found.flat().map(({ primary }) => primary)
}

async function claimedServers({ identity, ring }: Shelf, received: Certificate): Promise<Domain[]> {
  const keyIds = new Set(received.userIds.flatMap(({ signatures }) => signatures.map(issuerKeyIdOf)))
  const entries = await Promise.all([...keyIds].map(keyId => ring.withKey(keyId)))
  const servers = entries.flat().filter(({ kind }) => kind === 'server')
  return [...new Set([identity.domain, ...servers.map(({ domain }) => domain)])]
}
