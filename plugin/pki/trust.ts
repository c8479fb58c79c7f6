// Verdicts: whether a certificate is who it says it is, and if not, why not (PROTO s9.3). The path is always the same:
// own server -> countersigned server of the domain -> its user; nothing longer, whatever scope a signature grants.
import { homeOf, isOfPseudonyms } from '../addresses.js'
import {
  certificationBy,
  countersignatureLifetime,
  findUserId,
  isCountersignature,
  isCurrent,
  isPlain,
  mailboxCopyIn,
  mailboxKeyIn,
  serverUserId,
  standingOf,
  userCertificationLifetime,
  userIdOf,
  type Certificate,
  type Signature,
  type Standing,
  type UserId,
} from '../openpgp/index.js'
import type { Domain, UserAddress } from '../ports.js'

/** Why a certificate is not trusted. What verdicts here do not know: `suspended`, for a server that shows another key. */
export type Distrust =
  | 'revoked'
  | 'expired'
  | 'unsigned'
  | 'authority-invalid'
  | 'other-user-id'
  | 'not-certified'
  | 'certification-ended'
  | 'certification-revoked'
  | 'certification-too-long'
  | 'scope-wrong'
  | 'suspended'

export type Verdict = Trusted | Distrusted

interface Trusted {
  readonly trusted: true
  /** The certification that the verdict rests on. */
  readonly by: Signature
}

interface Distrusted {
  readonly trusted: false
  readonly reason: Distrust
}

/**
 * Whether this server countersigned the certificate as the authority of exactly that domain, now, in milliseconds.
 * Everyone asks who gets a certificate of a server from anywhere. The own certificate is trusted without.
 */
export async function serverTrusted(
  own: Certificate,
  peer: Certificate,
  domain: Domain,
  now: number,
): Promise<Verdict> {
  if (isOfPseudonyms(domain)) return distrusted('scope-wrong')
  const claimed = await onlyClaimOf(peer, serverUserId(domain), now)
  if ('trusted' in claimed) return claimed
  const verdict = await certifiedBy(own, peer, claimed, now)
  if (!verdict.trusted) return verdict
  if (!isCountersignature(verdict.by, domain)) return distrusted('scope-wrong')
  return endsWithin(verdict, countersignatureLifetime)
}

/**
 * Whether the authority of the user's domain certified this key for exactly this address, now, in milliseconds.
 * The authority's certificate must be the own one or have passed `serverTrusted` for the same domain.
 */
export async function userTrusted(
  user: Certificate,
  address: UserAddress,
  authority: Certificate,
  now: number,
): Promise<Verdict> {
  const claimedAuthority = await claimOf(authority, serverUserId(homeOf(address)), now)
  if ('trusted' in claimedAuthority) return distrusted('authority-invalid')
  const claimed = await claimOf(user, userIdOf(address), now)
  if ('trusted' in claimed) return claimed
  const verdict = await certifiedBy(authority, user, claimed, now)
  if (!verdict.trusted) return verdict
  return isPlain(verdict.by) ? endsWithin(verdict, userCertificationLifetime) : distrusted('scope-wrong')
}

/** The user's mailbox key, 32 octets, as his authority certified it; `null` where there is no trusted one. */
export async function mailboxKeyOf(
  user: Certificate,
  address: UserAddress,
  authority: Certificate,
  now: number,
): Promise<Buffer | null> {
  return (await mailboxOf(user, address, authority, now))?.key ?? null
}

/** The same, with the copy of its secret half for the user, where the authority gave one. */
export async function mailboxOf(
  user: Certificate,
  address: UserAddress,
  authority: Certificate,
  now: number,
): Promise<{ readonly key: Buffer; readonly copy: Buffer | null } | null> {
  const verdict = await userTrusted(user, address, authority, now)
  const key = verdict.trusted ? mailboxKeyIn(verdict.by) : null
  return verdict.trusted && key ? { key, copy: mailboxCopyIn(verdict.by) } : null
}

/** The wanted user ID when the certificate claims it now, and no other. What the authority signs must pass this. */
export async function onlyClaimOf(
  certificate: Certificate,
  wanted: string,
  now: number,
): Promise<UserId | Distrusted> {
  const standing = await standingOf(certificate, now)
  return standing.userIds.length > 1 ? distrusted('other-user-id') : findClaim(certificate, standing, wanted)
}

// Judges this user ID alone: whatever else a certificate claims is neither better nor worse for it.
async function claimOf(certificate: Certificate, wanted: string, now: number): Promise<UserId | Distrusted> {
  return findClaim(certificate, await standingOf(certificate, now), wanted)
}

function findClaim(certificate: Certificate, standing: Standing, wanted: string): UserId | Distrusted {
  if (standing.state !== 'valid') return distrusted(standing.state)
  const claimed = findUserId(certificate, wanted)
  return claimed !== null && standing.userIds.includes(claimed) ? claimed : distrusted('other-user-id')
}

async function certifiedBy(
  issuer: Certificate,
  subject: Certificate,
  userId: UserId,
  now: number,
): Promise<Verdict> {
  const found = await certificationBy(issuer.primary, subject.primary, userId, now)
  if (found === null) return distrusted('not-certified')
  if (found === 'revoked') return distrusted('certification-revoked')
  return isCurrent(found, now) ? { trusted: true, by: found } : distrusted('certification-ended')
}

// What lasts long outlives what it says: a user who is gone lapses only if certifications end soon.
function endsWithin(verdict: Trusted, lifetime: number): Verdict {
  return verdict.by.expires - verdict.by.created > lifetime ? distrusted('certification-too-long') : verdict
}

function distrusted(reason: Distrust): Distrusted {
  return { trusted: false, reason }
}
