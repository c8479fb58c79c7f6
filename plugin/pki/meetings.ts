// A peer shows its certificate: taken up, countersigned, followed to a new key, or refused (PROTO s9.3, s9.7, s9.8).
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
import type { Domain, KeyChange, PeerAddress } from '../ports.js'
import type { Authority } from './authority.js'
import { issuerIn, knownServer, serverRefused } from './server-certificates.js'
import type { Shelf } from './shelf.js'
import { replacedOf, retire, successionFrom } from './successions.js'
import { serverTrusted, type Distrust, type Verdict } from './trust.js'

/** See `Directory.meetServer`. */
export async function meetServer(
  shelf: Shelf,
  domain: Domain,
  received: Certificate,
  before: readonly Certificate[],
  place: PeerAddress | null,
): Promise<Certificate> {
  const { identity, clock } = shelf
  const own = identity.certificate
  const { known, replaced, how } = await ensureKnown(shelf, domain, received, before, place)
  const issuers = [own, ...(how === 'handed-over' ? replaced : [])].map(({ primary }) => primary)
  const merged = withoutEndedSubkeys(
    await mergeCertificates(known, received, item => issuerIn(issuers, item)),
    clock.now(),
  )
  const verdict = await serverTrusted(own, merged, domain, clock.now())
  const signed = await countersigned(shelf, merged, domain, verdict)
  const { trusted } = await serverTrusted(own, signed, domain, clock.now())
  // What belongs to a known certificate is kept before a refusal: a revocation must never be lost.
  const isNews = known ? !known.octets.equals(signed.octets) : trusted
  if (isNews && trusted) await retire(shelf, domain, replaced, signed.fingerprint, how)
  if (isNews) await shelf.put('server', domain, domain, signed)
  if (!trusted) throw serverRefused(verdict.trusted ? '' : verdict.reason)
  if (known) ensureNotOlder(known, await mergeCertificates(null, received, () => null))
  if (place !== null) await shelf.suspensions.end(domain, known ? null : how)
  return signed
}

interface Known {
  /** The certificate as it is known, `null` where its key is new. */
  readonly known: Certificate | null
  /** Those that it takes the place of, and why it may. */
  readonly replaced: readonly Certificate[]
  readonly how: KeyChange['how']
}

// The certificate as it is known, or those that it follows when its key is new and the known one, or somebody, lets it.
async function ensureKnown(
  shelf: Shelf,
  domain: Domain,
  received: Certificate,
  before: readonly Certificate[],
  place: PeerAddress | null,
): Promise<Known> {
  const stored = await knownServer(shelf, domain)
  if (stored?.fingerprint === received.fingerprint)
    return { known: parseCertificate(stored.certificate), replaced: [], how: 'handed-over' }
  const known = stored ? parseCertificate(stored.certificate) : pinnedOf(shelf, domain, received, before)
  if (known === null) return { known: null, replaced: [], how: 'approved' }
  const replaced = await successionFrom(known, received, before, domain, shelf.clock.now())
  if (replaced !== null) return { known: null, replaced, how: 'handed-over' }
  if (!stored) throw notPinned()
  return { known: null, replaced: [known], how: await ensureAllowed(shelf, domain, known, received, place) }
}

// Without the word of the known key. What handed over does not come back; what others replaced may have been the true one.
async function ensureAllowed(
  shelf: Shelf,
  domain: Domain,
  known: Certificate,
  { fingerprint: shown }: Certificate,
  place: PeerAddress | null,
): Promise<KeyChange['how']> {
  const changes = await shelf.ring.changesOf(domain)
  if (changes.some(({ replaced, how }) => replaced === shown && how === 'handed-over')) throw outdated()
  const sight = { domain, known: known.fingerprint, shown }
  if (place !== null) await shelf.suspensions.shown({ ...sight, place })
  const suspension = await shelf.suspensions.of(domain)
  const isSame = suspension?.shown === shown && suspension.known === known.fingerprint
  const isRejected = changes.some(({ replaced, how }) => replaced === shown && how === 'rejected')
  if (!isSame || suspension.allowed === null) throw keyChanged()
  if (isRejected && suspension.allowed !== 'approved') throw keyChanged()
  return suspension.allowed
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
  throw notPinned()
}

// Whoever stands between two servers can show again what was true last month.
function ensureNotOlder(known: Certificate, received: Certificate): void {
  if (newestRoutingKeyTime(received) < newestRoutingKeyTime(known)) throw outdated()
}

// Half of the time for which it counts: a server that is away for three months loses nothing.
const renewAfter = 90 * 86_400

async function countersigned(
  shelf: Shelf,
  certificate: Certificate,
  domain: Domain,
  verdict: Verdict,
): Promise<Certificate> {
  const { identity, clock } = shelf
  const isDue = verdict.trusted
    ? verdict.by.created + renewAfter <= clock.now() / 1000
    : await mayBeSigned(shelf, certificate, domain, verdict.reason)
  if (!isDue) return certificate
  const signed = await identity.authority.countersign(certificate.octets, domain)
  return alsoSigned(certificate, identity.authority, signed)
}

// Only what was never signed, or whose signature ended by its time: what was taken back is not given again.
async function mayBeSigned(
  shelf: Shelf,
  certificate: Certificate,
  domain: Domain,
  reason: Distrust,
): Promise<boolean> {
  if (reason === 'certification-ended') return true
  return reason === 'not-certified' && !(await wasTakenBack(shelf, certificate, domain))
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

function notPinned(): PluginError {
  return new PluginError(
    'key-changed',
    'A peer shows another key than the one that the admin pins for it. Check which one is right.',
  )
}

function keyChanged(): PluginError {
  return new PluginError(
    'key-changed',
    'A peer shows another key than the one that is known. Ask its admin why; if the new one is right, approve it with p3do peers approve.',
  )
}

function outdated(): PluginError {
  return new PluginError(
    'certificate-outdated',
    'A peer shows a certificate older than the one that is known; it is not taken. If its admin restored a backup, he must bring back the newest key file.',
  )
}
