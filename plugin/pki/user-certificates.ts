// Certificates of users: kept when their server certified them, given out while they are trusted (PROTO s9.3).
import { homeOf, parseUserAddress } from '../addresses.js'
import { PluginError } from '../errors.js'
import {
  certificationBy,
  findUserId,
  mailboxCopyIn,
  mailboxKeyIn,
  mergeCertificates,
  parseCertificate,
  hasApproval,
  userIdOf,
  withoutUnapproved,
  type Certificate,
} from '../openpgp/index.js'
import type { Domain, RingEntry, UserAddress } from '../ports.js'
import { othersOf } from './claimed-issuers.js'
import type { CopyOf, KnownUser, Mailbox } from './directory.js'
import { distrustWords } from './distrust-words.js'
import { endedKey, isEnd, keyEnded, putUser } from './ended-keys.js'
import { issuerIn, signersOf } from './server-certificates.js'
import type { Shelf } from './shelf.js'
import { replacedOf } from './successions.js'
import { ensureNotSuspended } from './suspensions.js'
import { mailboxOf, userTrusted, type Distrust } from './trust.js'

/** A user's certificate, `null` where none is known. @throws PluginError `recipient-untrusted`, `peer-suspended` */
export async function findUser(shelf: Shelf, address: UserAddress): Promise<Certificate | null> {
  await ensureNotSuspended(shelf.suspensions, homeOf(address))
  const authorities = await signersOf(shelf, homeOf(address))
  const entry = authorities.length > 0 && (await shelf.ring.find('user', address))
  if (!entry) return null
  const doubt = await doubtBy(shelf, entry, authorities)
  if (doubt !== null) throw untrusted(doubt)
  return parseCertificate(entry.certificate)
}

/** See `Directory.mailbox`. */
export async function findMailbox(shelf: Shelf, address: UserAddress): Promise<Mailbox | null> {
  const certificate = await findUser(shelf, address)
  if (!certificate) return null
  for (const authority of await signersOf(shelf, homeOf(address))) {
    const mailbox = await mailboxOf(certificate, address, authority, shelf.clock.now())
    if (mailbox) return { fingerprint: certificate.fingerprint, ...mailbox }
  }
  return null
}

/** See `Directory.doubt`. */
export async function doubtUser(shelf: Shelf, entry: RingEntry): Promise<Distrust | null> {
  return doubtBy(shelf, entry, await signersOf(shelf, entry.domain))
}

// While an authority changes its key, a certification by either counts; the doubt of the present one is told.
async function doubtBy(
  shelf: Shelf,
  entry: RingEntry,
  authorities: readonly Certificate[],
): Promise<Distrust | null> {
  const { work, clock } = shelf
  const address = ownerOf(entry)
  const doubts: (Distrust | null)[] = []
  for (const { octets } of authorities) {
    const doubt = await work.run('doubtUser', entry.certificate, address, octets, clock.now())
    if (doubt === null) return null
    doubts.push(doubt)
  }
  const [first = 'authority-invalid'] = doubts
  return first === 'not-certified' && (await wasTakenBack(shelf, entry, address))
    ? 'certification-revoked'
    : first
}

// By a key that the authority had before: its certifications have ended, what it took back has not.
async function wasTakenBack(shelf: Shelf, entry: RingEntry, address: UserAddress): Promise<boolean> {
  const certificate = parseCertificate(entry.certificate)
  const userId = findUserId(certificate, userIdOf(address))
  for (const before of userId === null ? [] : await replacedOf(shelf, homeOf(address))) {
    const found =
      userId && (await certificationBy(before.primary, certificate.primary, userId, shelf.clock.now()))
    if (found === 'revoked') return true
  }
  return false
}

/** See `Directory.keepUser`. Resolves to whose it is. */
export async function keepUser(shelf: Shelf, domain: Domain, octets: Buffer): Promise<UserAddress> {
  const authorities = await signersOf(shelf, domain)
  const received = parseCertificate(octets)
  const address = addressOf(received)
  if (homeOf(address) !== domain) throw invalid()
  const stored = await shelf.ring.find('user', address)
  const same = stored?.fingerprint === received.fingerprint ? parseCertificate(stored.certificate) : null
  const known = same ?? (await endedKey(shelf, received.fingerprint))
  const issuers = authorities.map(({ primary }) => primary)
  const others = hasApproval(received) ? await othersOf(shelf.ring, received) : []
  const joined = await mergeCertificates(
    known,
    received,
    item => issuerIn(issuers, item),
    item => issuerIn(others, item),
  )
  const merged = issuers.length === 0 ? joined : withoutUnapproved(joined, issuers)
  const trusted = await trustedBySome(merged, address, authorities, shelf.clock.now())
  // What belongs to a known certificate is kept whatever it says: a revocation must never be lost.
  const isNews = same ? !same.octets.equals(merged.octets) : trusted
  if (isNews) await putUser(shelf, address, domain, merged, entry => doubtBy(shelf, entry, authorities))
  if (!trusted) throw invalid()
  return address
}

async function trustedBySome(
  certificate: Certificate,
  address: UserAddress,
  authorities: readonly Certificate[],
  now: number,
): Promise<boolean> {
  for (const authority of authorities)
    if ((await userTrusted(certificate, address, authority, now)).trusted) return true
  return false
}

/** See `Directory.known`. */
export async function knownUser(shelf: Shelf, address: UserAddress): Promise<KnownUser | null> {
  const entry = await shelf.ring.find('user', address)
  if (!entry) return null
  return {
    certificate: parseCertificate(entry.certificate),
    changed: entry.changed,
    doubt: await doubtUser(shelf, entry),
  }
}

/** See `Directory.revokeUser`. Resolves to whether there was something to revoke. */
export async function revokeUser({ identity, ring, put }: Shelf, address: UserAddress): Promise<boolean> {
  const entry = homeOf(address) === identity.domain ? await ring.find('user', address) : null
  if (!entry) return false
  const revoked = identity.authority.revoke(entry.certificate, address)
  await put('user', address, identity.domain, parseCertificate(revoked))
  return true
}

/** See `Directory.publishUser`. */
export async function publishUser(
  shelf: Shelf,
  address: UserAddress,
  certificate: Certificate,
  mailboxKey: Buffer,
  mailboxCopy: Buffer | null,
): Promise<void> {
  const { identity, ring } = shelf
  // The one on the ring may know of revocations by the user.
  const stored = await ring.find('user', address)
  const same = stored?.fingerprint === certificate.fingerprint ? stored : null
  await ensureNotEnded(shelf, same ?? (await ring.find('ended', certificate.fingerprint)))
  const octets = await identity.authority.certifyUser(
    same?.certificate ?? certificate.octets,
    address,
    mailboxKey,
    mailboxCopy,
  )
  await putUser(shelf, address, identity.domain, parseCertificate(octets), entry => doubtUser(shelf, entry))
}

async function ensureNotEnded(shelf: Shelf, entry: RingEntry | null): Promise<void> {
  const doubt = entry && (await doubtUser(shelf, entry))
  if (isEnd(doubt)) throw keyEnded(doubt)
}

// A certification lasts 90 days; peers see the new one long before the old one ends.
const renewAfter = 30 * 86_400

/** See `Directory.renewUser`. */
export async function renewUser(shelf: Shelf, address: UserAddress, copyOf: CopyOf): Promise<boolean> {
  const { identity, ring, clock, put } = shelf
  const { domain, certificate: authority } = identity
  const entry = await ring.find('user', address)
  if (!entry) return false
  const certificate = parseCertificate(entry.certificate)
  const verdict = await userTrusted(certificate, address, authority, clock.now())
  if (!verdict.trusted) return false // revoked, or left alone for so long that it ended
  const mailboxKey = mailboxKeyIn(verdict.by)
  if (!mailboxKey || verdict.by.created + renewAfter > clock.now() / 1000) return false
  const copy = (await copyOf(certificate, mailboxKey)) ?? mailboxCopyIn(verdict.by)
  const renewed = await identity.authority.certifyUser(certificate.octets, address, mailboxKey, copy)
  await put('user', address, domain, parseCertificate(renewed))
  return true
}

function ownerOf({ kind, subject, certificate }: RingEntry): UserAddress {
  return kind === 'ended' ? addressOf(parseCertificate(certificate)) : parseUserAddress(subject)
}

// XEP-0373 s8.5: the user ID is exactly "xmpp:" and the address.
function addressOf({ userIds }: Certificate): UserAddress {
  const [only] = userIds
  if (userIds.length !== 1 || !only?.userId.startsWith('xmpp:')) throw invalid()
  return parseUserAddress(only.userId.slice('xmpp:'.length))
}

function untrusted(reason: Distrust): PluginError {
  const words = distrustWords('user', reason)
  return new PluginError(
    'recipient-untrusted',
    `The key of this contact is not trusted: ${words}. Nothing was sent. Ask your admin.`,
  )
}

function invalid(): PluginError {
  return new PluginError('certificate-invalid', 'A certificate is not of a user whom its sender certified.')
}
