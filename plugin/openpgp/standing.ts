// What a certificate's own signatures say about it at a given time (RFC 9580 s5.2.3.10, s5.2.3.13, s10.1).
import type { Certificate, Subkey, UserId } from './certificate.js'
import { hashedKey, type PublicKey } from './public-key.js'
import { boundOctets, certifiedOctets, parseSignature, signatureType, type Signature } from './signature.js'
import { clockTolerance, isCurrent, verifySignature } from './signing.js'
import { findSubpacket, findTime, subpacketType } from './subpackets.js'

/** Key flags (RFC 9580 s5.2.3.29). */
export const keyFlag = { certify: 0x01, sign: 0x02, encrypt: 0x0c } as const

/** A key that may be used now, for what its flags say. Times are in milliseconds. */
export interface UsableKey {
  readonly key: PublicKey
  readonly flags: number
  readonly notBefore: number
  /** `Infinity` where it does not end. */
  readonly notAfter: number
}

/** The state of a certificate; only a `valid` one has user IDs and keys. */
export interface Standing {
  readonly state: 'valid' | 'revoked' | 'expired' | 'unsigned'
  /** The user IDs that the key holder claims now; whether they are true is for a verdict. */
  readonly userIds: readonly UserId[]
  /** The primary key and the subkeys that may be used now. */
  readonly keys: readonly UsableKey[]
}

const certificationTypes = [0x10, 0x11, 0x12, 0x13]

/** Judges a certificate by its own signatures alone; everyone who uses a key asks this first. `now` in milliseconds. */
export async function standingOf(certificate: Certificate, now: number): Promise<Standing> {
  const { primary, signatures, userIds } = certificate
  if (await isRevoked(signatures, [signatureType.keyRevocation], primary, hashedKey(primary), 0))
    return not('revoked')
  const claims = await existing(userIds.map(userId => claimOf(primary, userId, now)))
  const direct = await newest(signatures, [signatureType.directKey], primary, hashedKey(primary), now)
  const self = latest([
    ...claims.map(claim => claim.signature),
    ...(direct && isCurrent(direct, now) ? [direct] : []),
  ])
  if (self === null || claims.length === 0) return not('unsigned')
  const usable = usableKey(primary, self)
  if (now >= usable.notAfter) return not('expired')
  const subkeys = await existing(certificate.subkeys.map(subkey => boundKey(primary, subkey, now)))
  return { state: 'valid', userIds: claims.map(claim => claim.userId), keys: [usable, ...subkeys] }
}

/** The newest signature of these types that the key made over the octets, even when it has ended; `null` if none. */
async function newest(
  signatures: readonly Signature[],
  types: readonly number[],
  key: PublicKey,
  octets: Buffer,
  now: number,
): Promise<Signature | null> {
  const candidates = signatures.filter(
    item => types.includes(item.type) && item.created * 1000 <= now + clockTolerance,
  )
  for (const candidate of [...candidates].sort((one, other) => other.created - one.created)) {
    if (await verifySignature(candidate, key, octets)) return candidate
  }
  return null
}

/** Whether the key revoked, at `since` (seconds) or later. A revocation counts from the moment that it is seen. */
async function isRevoked(
  signatures: readonly Signature[],
  types: readonly number[],
  key: PublicKey,
  octets: Buffer,
  since: number,
): Promise<boolean> {
  for (const item of signatures) {
    if (!types.includes(item.type) || item.created < since) continue
    if (await verifySignature(item, key, octets)) return true
  }
  return false
}

/**
 * The certification of a user ID that the key made last, when it is not revoked.
 * @returns `null` for none, `revoked`, or the signature, which may have ended: see `isCurrent`
 */
export async function certificationBy(
  issuer: PublicKey,
  primary: PublicKey,
  userId: UserId,
  now: number,
): Promise<Signature | 'revoked' | null> {
  const octets = certifiedOctets(primary, userId.packet)
  const found = await newest(userId.signatures, certificationTypes, issuer, octets, now)
  if (found === null) return null
  const revocation = [signatureType.certificationRevocation]
  return (await isRevoked(userId.signatures, revocation, issuer, octets, found.created)) ? 'revoked' : found
}

/** Whether a signing subkey agreed to belong to the primary key (RFC 9580 s5.2.1.9). */
export async function hasBackSignature(
  binding: Signature,
  primary: PublicKey,
  subkey: PublicKey,
): Promise<boolean> {
  const embedded = findSubpacket([...binding.hashed, ...binding.unhashed], subpacketType.embeddedSignature)
  const back = embedded && parseSignature(embedded)
  if (back?.type !== signatureType.primaryBinding) return false
  return verifySignature(back, subkey, boundOctets(primary, subkey))
}

/** The flags of a key as its newest self-signature gives them. */
export function flagsOf(signature: Signature): number {
  return findSubpacket(signature.hashed, subpacketType.keyFlags)?.[0] ?? 0
}

function not(state: Standing['state']): Standing {
  return { state, userIds: [], keys: [] }
}

async function existing<Item>(items: readonly Promise<Item | null>[]): Promise<Item[]> {
  return (await Promise.all(items)).filter(item => item !== null)
}

async function claimOf(primary: PublicKey, userId: UserId, now: number) {
  const signature = await certificationBy(primary, primary, userId, now)
  return signature === null || signature === 'revoked' || !isCurrent(signature, now)
    ? null
    : { userId, signature }
}

async function boundKey(
  primary: PublicKey,
  { key, signatures }: Subkey,
  now: number,
): Promise<UsableKey | null> {
  const octets = boundOctets(primary, key)
  if (await isRevoked(signatures, [signatureType.subkeyRevocation], primary, octets, 0)) return null
  const binding = await newest(signatures, [signatureType.subkeyBinding], primary, octets, now)
  if (binding === null || !isCurrent(binding, now)) return null
  const usable = usableKey(key, binding)
  if (now >= usable.notAfter || usable.notBefore > now + clockTolerance) return null
  const signs = (usable.flags & (keyFlag.sign | keyFlag.certify)) !== 0
  return signs && !(await hasBackSignature(binding, primary, key)) ? null : usable
}

function usableKey(key: PublicKey, self: Signature): UsableKey {
  const lifetime = findTime(self.hashed, subpacketType.keyExpires) ?? 0
  const notAfter = lifetime === 0 ? Infinity : (key.created + lifetime) * 1000
  return { key, flags: flagsOf(self), notBefore: key.created * 1000, notAfter }
}

function latest(signatures: readonly Signature[]): Signature | null {
  return signatures.reduce<Signature | null>(
    (best, item) => (best === null || item.created > best.created ? item : best),
    null,
  )
}
