// A peer shows its certificate: taken up, countersigned, followed to a new key, or refused (PROTO s9.3, s9.7).
import { PluginError } from '../errors.js'
import {
  certificationBy,
  mergeCertificates,
  newestRoutingKeyTime,
  parseCertificate,
  serverUserId,
  withoutEndedSubkeys,
  type Certificate,
} from '../openpgp/index.js'
import type { Domain } from '../ports.js'
import type { Authority } from './authority.js'
import { issuerIn, knownServer, serverRefused } from './server-certificates.js'
import type { Shelf } from './shelf.js'
import { replacedOf, retire, successionFrom } from './successions.js'
import { serverTrusted, type Distrust } from './trust.js'

/** See `Directory.meetServer`. */
export async function meetServer(
  shelf: Shelf,
  domain: Domain,
  received: Certificate,
  before: readonly Certificate[],
): Promise<Certificate> {
  const { identity, clock } = shelf
  const own = identity.certificate
  const { known, replaced } = await ensureKnown(shelf, domain, received, before)
  const issuers = [own, ...replaced].map(({ primary }) => primary)
  const merged = withoutEndedSubkeys(
    await mergeCertificates(known, received, item => issuerIn(issuers, item)),
    clock.now(),
  )
  const verdict = await serverTrusted(own, merged, domain, clock.now())
  const signed = verdict.trusted ? merged : await countersign(shelf, merged, domain, verdict.reason)
  const { trusted } = await serverTrusted(own, signed, domain, clock.now())
  // What belongs to a known certificate is kept before a refusal: a revocation must never be lost.
  const isNews = known ? !known.octets.equals(signed.octets) : trusted
  if (isNews && trusted) await retire(shelf, domain, replaced, signed.fingerprint, 'handed-over')
  if (isNews) await shelf.put('server', domain, domain, signed)
  if (!trusted) throw serverRefused(verdict.trusted ? '' : verdict.reason)
  if (known) ensureNotOlder(known, await mergeCertificates(null, received, () => null))
  return signed
}

// The certificate as it is known, or those that it follows when its key is new and the known one handed over to it.
async function ensureKnown(
  shelf: Shelf,
  domain: Domain,
  received: Certificate,
  before: readonly Certificate[],
): Promise<{ known: Certificate | null; replaced: readonly Certificate[] }> {
  const stored = await knownServer(shelf, domain)
  if (stored?.fingerprint === received.fingerprint)
    return { known: parseCertificate(stored.certificate), replaced: [] }
  const known = stored ? parseCertificate(stored.certificate) : pinnedOf(shelf, domain, received, before)
  if (known === null) return { known: null, replaced: [] }
  const replaced = await successionFrom(known, received, before, domain, shelf.clock.now())
  if (replaced !== null) return { known: null, replaced }
  const changes = await shelf.ring.changesOf(domain)
  throw changes.some(change => change.replaced === received.fingerprint) ? outdated() : keyChanged()
}

// Of a server that is not known yet: what it shows must be what the admin pinned, or follow it.
function pinnedOf(
  { pins }: Shelf,
  domain: Domain,
  received: Certificate,
  before: readonly Certificate[],
): Certificate | null {
  const pin = pins.get(domain)
  if (pin === undefined || pin === received.fingerprint) return null
  const pinned = before.find(({ fingerprint }) => fingerprint === pin)
  if (pinned) return pinned
  throw new PluginError(
    'key-changed',
    'A peer shows another key than federation.peers pins. Check which one is right.',
  )
}

// Whoever stands between two servers can show again what was true last month.
function ensureNotOlder(known: Certificate, received: Certificate): void {
  if (newestRoutingKeyTime(received) < newestRoutingKeyTime(known)) throw outdated()
}

// Only what was never signed, or whose signature ended by its time: what was taken back is not given again.
async function countersign(
  shelf: Shelf,
  certificate: Certificate,
  domain: Domain,
  reason: Distrust,
): Promise<Certificate> {
  const { authority } = shelf.identity
  const isNew = reason === 'not-certified' && !(await wasTakenBack(shelf, certificate, domain))
  if (!isNew && reason !== 'certification-ended') return certificate
  return alsoSigned(certificate, authority, await authority.countersign(certificate.octets, domain))
}

// By a key that this server had before.
async function wasTakenBack(
  shelf: Shelf,
  { primary, userIds }: Certificate,
  domain: Domain,
): Promise<boolean> {
  const userId = userIds.find(item => item.userId === serverUserId(domain))
  for (const own of await replacedOf(shelf, shelf.identity.domain)) {
    const found = userId && (await certificationBy(own.primary, primary, userId, shelf.clock.now()))
    if (found === 'revoked') return true
  }
  return false
}

/** The certificate with what an authority has just signed of it. */
export function alsoSigned(
  certificate: Certificate,
  authority: Authority,
  signed: Buffer,
): Promise<Certificate> {
  return mergeCertificates(certificate, parseCertificate(signed), () => authority.certificate().primary)
}

function keyChanged(): PluginError {
  return new PluginError(
    'key-changed',
    'A peer shows another key than the one that is known. Ask its admin why; if the new one is right, pin it in federation.peers.',
  )
}

function outdated(): PluginError {
  return new PluginError(
    'certificate-outdated',
    'A peer shows a certificate older than the one that is known; it is not taken. If its admin restored a backup, he must bring back the newest key file.',
  )
}
