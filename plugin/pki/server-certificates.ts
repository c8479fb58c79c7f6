// Certificates of servers: met, countersigned, kept, given out while they are trusted (PROTO s9.3).
import { PluginError } from '../errors.js'
import {
  mergeCertificates,
  parseCertificate,
  withoutEndedSubkeys,
  type Certificate,
} from '../openpgp/index.js'
import type { Domain, RingEntry } from '../ports.js'
import type { ServerIdentity } from './identity.js'
import type { Shelf } from './shelf.js'
import { serverTrusted, type Distrust } from './trust.js'

/** See `Directory.server`. */
export async function trustedServer(shelf: Shelf, domain: Domain): Promise<Certificate | null> {
  const { identity, clock, work } = shelf
  if (domain === identity.domain) return identity.certificate
  const entry = await knownServer(shelf, domain)
  if (!entry) return null
  const own = identity.certificate.octets
  const doubt = await work.run('doubtServer', own, entry.certificate, domain, clock.now())
  return doubt === null ? parseCertificate(entry.certificate) : null
}

/** See `Directory.meetServer`. */
export async function meetServer(shelf: Shelf, domain: Domain, received: Certificate): Promise<Certificate> {
  const { identity, clock } = shelf
  const own = identity.certificate
  const stored = await knownServer(shelf, domain)
  if (stored && stored.fingerprint !== received.fingerprint) throw keyChanged()
  const known = stored && parseCertificate(stored.certificate)
  const merged = withoutEndedSubkeys(await mergeCertificates(known, received, () => own.primary), clock.now())
  const verdict = await serverTrusted(own, merged, domain, clock.now())
  const signed = verdict.trusted ? merged : await countersign(identity, merged, domain, verdict.reason)
  const { trusted } = await serverTrusted(own, signed, domain, clock.now())
  // What belongs to a known certificate is kept before a refusal: a revocation must never be lost.
  const isNews = known ? !known.octets.equals(signed.octets) : trusted
  if (isNews) await shelf.put('server', domain, domain, signed)
  if (!trusted) throw serverRefused(verdict.trusted ? '' : verdict.reason)
  return signed
}

/** What is kept of a server. Whom the admin pins he has checked: another certificate, taken up earlier, is as good as unknown. */
export async function knownServer({ ring, pins }: Shelf, domain: Domain): Promise<RingEntry | null> {
  const entry = await ring.find('server', domain)
  const wanted = pins.get(domain)
  return wanted === undefined || entry?.fingerprint === wanted ? entry : null
}

// Only what was never signed, or whose signature ended by its time: what was taken back is not given again.
async function countersign(
  { authority }: ServerIdentity,
  certificate: Certificate,
  domain: Domain,
  reason: Distrust,
): Promise<Certificate> {
  if (reason !== 'not-certified' && reason !== 'certification-ended') return certificate
  const signed = parseCertificate(await authority.countersign(certificate.octets, domain))
  return mergeCertificates(certificate, signed, () => authority.certificate().primary)
}

/** See `Directory.keepCountersignature`. */
export async function keepCountersignature(shelf: Shelf, by: Domain, octets: Buffer): Promise<void> {
  const { identity, clock } = shelf
  const issuer = await trustedServer(shelf, by)
  if (!issuer) throw serverRefused('not certified')
  const { own } = await ownAsKept(shelf)
  const merged = await mergeCertificates(own, parseCertificate(octets), () => issuer.primary)
  await shelf.put('server', identity.domain, identity.domain, withoutEndedSubkeys(merged, clock.now()))
}

/** See `Directory.publishServer`. */
export async function publishServer(shelf: Shelf): Promise<void> {
  const { domain } = shelf.identity
  const { own, stored } = await ownAsKept(shelf)
  const current = withoutEndedSubkeys(own, shelf.clock.now())
  if (!stored?.certificate.equals(current.octets)) await shelf.put('server', domain, domain, current)
}

// The own certificate with the countersignatures that are on the ring; one of an earlier key gives way.
async function ownAsKept({ identity, ring }: Shelf): Promise<{ own: Certificate; stored: RingEntry | null }> {
  const stored = await ring.find('server', identity.domain)
  const same = stored?.fingerprint === identity.fingerprint ? parseCertificate(stored.certificate) : null
  return { own: await mergeCertificates(same, identity.certificate, () => null), stored }
}

/** See `Directory.doubt`. */
export async function doubtServer(shelf: Shelf, entry: RingEntry): Promise<Distrust | null> {
  const { identity, pins, clock, work } = shelf
  if (entry.fingerprint === identity.fingerprint) return null
  const pinned = pins.get(entry.domain) ?? entry.fingerprint
  if (pinned !== entry.fingerprint) return 'not-certified'
  return work.run('doubtServer', identity.certificate.octets, entry.certificate, entry.domain, clock.now())
}

function keyChanged(): PluginError {
  return new PluginError(
    'key-changed',
    'A peer shows another key than the one that is known. Ask its admin why; if the new one is right, pin it in federation.peers.',
  )
}

function serverRefused(reason: string): PluginError {
  const words = reason.replaceAll('-', ' ')
  return new PluginError('certificate-invalid', `The certificate of a peer is not accepted (${words}).`)
}
