// What anybody may add to a certificate that is on the ring: what its key or its authority signed, and what others
// certified where the key's holder approves (PROTO s9.3).
import { parseCertificate } from '../openpgp/index.js'
import type { Domain, RingEntry } from '../ports.js'
import type { Issuers } from './merging.js'
import { claimedIssuers, mostOthers } from './claimed-issuers.js'
import { signersOf } from './server-certificates.js'
import type { Shelf } from './shelf.js'

/** See `Directory.amend`. */
export async function amend(
  shelf: Shelf,
  { kind, subject, domain, fingerprint }: RingEntry,
  brought: Buffer,
  claimed: readonly string[],
): Promise<boolean> {
  const { ring, work, clock } = shelf
  const entry = await ring.find(kind, subject)
  if (entry?.fingerprint !== fingerprint) return false
  const issuers = await issuersOf(shelf, entry, claimed)
  const merged = await work.run('mergeBrought', kind, entry.certificate, brought, issuers, clock.now())
  if (merged === null) return false
  await shelf.put(kind, subject, domain, parseCertificate(merged))
  return true
}

// A user is certified by the authority of the domain alone; a server is countersigned by any that is trusted here.
async function issuersOf(shelf: Shelf, entry: RingEntry, claimed: readonly string[]): Promise<Issuers> {
  const known = await claimedIssuers(shelf.ring, claimed, entry.fingerprint)
  const domains = entry.kind === 'user' ? [entry.domain] : claimedServers(shelf, known)
  const signers = await Promise.all(domains.map(domain => signersOf(shelf, domain)))
  const authorities = signers.flat().map(({ octets }) => octets)
  const others = entry.kind === 'user' ? known.slice(0, mostOthers).map(({ certificate }) => certificate) : []
  return { authorities, others }
}

function claimedServers({ identity }: Shelf, known: readonly RingEntry[]): Domain[] {
  const servers = known.filter(({ kind }) => kind === 'server')
  return [...new Set([identity.domain, ...servers.map(({ domain }) => domain)])]
}
