// Certificates of servers: kept, given out while they are trusted (PROTO s9.3).
import { PluginError } from '../errors.js'
import {
  issuerKeyIdOf,
  mergeCertificates,
  parseCertificate,
  withoutEndedSubkeys,
  type Certificate,
  type PublicKey,
  type Signature,
} from '../openpgp/index.js'
import type { Domain, RingEntry } from '../ports.js'
import type { Shelf } from './shelf.js'
import { hasHandedOver, stillCounting } from './successions.js'
import type { Distrust } from './trust.js'

/** See `Directory.server`. */
export async function trustedServer(shelf: Shelf, domain: Domain): Promise<Certificate | null> {
  const { identity, clock, work } = shelf
  if (domain === identity.domain) return identity.certificate
  const entry = await knownServer(shelf, domain)
  if (!entry || (await shelf.suspensions.of(domain))) return null
  const own = identity.certificate.octets
  const doubt = await work.run('doubtServer', own, entry.certificate, domain, clock.now())
  return doubt === null ? parseCertificate(entry.certificate) : null
}

/** See `Directory.signers`. */
export async function signersOf(shelf: Shelf, domain: Domain): Promise<Certificate[]> {
  const current = await trustedServer(shelf, domain)
  if (!current) return []
  const { identity } = shelf
  const announced = domain === identity.domain && identity.signsFrom !== null ? [identity.shown] : []
  return [current, ...announced, ...(await stillCounting(shelf, domain, current.fingerprint))]
}

/** What is kept of a server. Whom the admin pins he has checked: another certificate, taken up earlier, is as good as unknown. */
export async function knownServer(shelf: Shelf, domain: Domain): Promise<RingEntry | null> {
  const entry = await shelf.ring.find('server', domain)
  const wanted = shelf.pins.get(domain)
  if (wanted === undefined || entry?.fingerprint === wanted) return entry
  return entry && (await hasHandedOver(shelf, wanted, entry)) ? entry : null
}

/** For merges: whoever of these made the signature, by its claim. */
export function issuerIn(issuers: readonly PublicKey[], signature: Signature): PublicKey | null {
  return issuers.find(({ keyId }) => keyId === issuerKeyIdOf(signature)) ?? null
}

/** See `Directory.keepCountersignature`. */
export async function keepCountersignature(shelf: Shelf, by: Domain, octets: Buffer): Promise<void> {
  const { identity, clock } = shelf
  const issuers = (await signersOf(shelf, by)).map(({ primary }) => primary)
  if (issuers.length === 0) throw serverRefused('not certified')
  const { own, stored } = await ownAsKept(shelf)
  const merged = await mergeCertificates(own, parseCertificate(octets), item => issuerIn(issuers, item))
  const kept = withoutEndedSubkeys(merged, clock.now())
  // It comes with every contact; most bring nothing new.
  if (!stored?.certificate.equals(kept.octets))
    await shelf.put('server', identity.domain, identity.domain, kept)
}

/** See `Directory.publishServer`. */
export async function publishServer(shelf: Shelf): Promise<void> {
  const { domain, replaced } = shelf.identity
  const { own, stored } = await ownAsKept(shelf)
  const current = withoutEndedSubkeys(own, shelf.clock.now())
  if (!stored?.certificate.equals(current.octets)) await shelf.put('server', domain, domain, current)
  for (const certificate of replaced) {
    const kept = await shelf.ring.find('server', certificate.fingerprint)
    if (!kept) await shelf.put('server', certificate.fingerprint, domain, certificate)
  }
}

// The own certificate with the countersignatures that are on the ring; one of an earlier key gives way.
async function ownAsKept({ identity, ring }: Shelf): Promise<{ own: Certificate; stored: RingEntry | null }> {
  const { shown, replaced } = identity
  const stored = await ring.find('server', identity.domain)
  const same = stored?.fingerprint === shown.fingerprint ? parseCertificate(stored.certificate) : null
  const issuers = replaced.map(({ primary }) => primary)
  return { own: await mergeCertificates(same, shown, item => issuerIn(issuers, item)), stored }
}

/** See `Directory.doubt`. */
export async function doubtServer(shelf: Shelf, entry: RingEntry): Promise<Distrust | null> {
  const { identity, pins, suspensions, clock, work } = shelf
  if (entry.fingerprint === identity.fingerprint) return null
  if (entry.subject === entry.domain && (await suspensions.of(entry.domain))) return 'suspended'
  const pinned = pins.get(entry.domain) ?? entry.fingerprint
  if (pinned !== entry.fingerprint && !(await hasHandedOver(shelf, pinned, entry))) return 'not-certified'
  return work.run('doubtServer', identity.certificate.octets, entry.certificate, entry.domain, clock.now())
}

/** What a certificate that is not trusted is refused with. */
export function serverRefused(reason: string): PluginError {
  const words = reason.replaceAll('-', ' ')
  return new PluginError('certificate-invalid', `The certificate of a peer is not accepted (${words}).`)
}
