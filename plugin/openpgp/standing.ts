// What a certificate's own signatures say about it at a given time (RFC 9580 s5.2.3.10, s5.2.3.13, s10.1).
import type { Certificate, Subkey, UserId } from './certificate.js'
import type { PublicKey } from './public-key.js'
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

type Found = Signature | null | Promise<Signature | null>

const certificationTypes = [0x10, 0x11, 0x12, 0x13]

/** Judges a certificate by its own signatures alone; everyone who uses a key asks this first. `now` in milliseconds. */
export async function standingOf(certificate: Certificate, now: number): Promise<Standing> {
  const { primary, signatures, userIds } = certificate
  if (await revocation(signatures, signatureType.keyRevocation, primary, primary.hashed, 0))
    return not('revoked')
  const claims = await existing(userIds, userId => claimOf(primary, userId, now))
  const direct = await newest(signatures, [signatureType.directKey], primary, primary.hashed, now)
  const self = latest([
    ...claims.map(claim => claim.signature),
    ...(direct && isCurrent(direct, now) ? [direct] : []),
  ])
  if (self === null || claims.length === 0) return not('unsigned')
  const usable = usableKey(primary, self)
  if (now >= usable.notAfter) return not('expired')
  const subkeys = await existing(certificate.subkeys, subkey => boundKey(primary, subkey, now))
  return { state: 'valid', userIds: claims.map(claim => claim.userId), keys: [usable, ...subkeys] }
}

// The newest signature of these types that the key made over the octets, even when it has ended; `null` if none.
function newest(
  signatures: readonly Signature[],
  types: readonly number[],
  key: PublicKey,
  octets: Buffer,
  now: number,
): Found {
  const candidates = signatures.filter(
    item => types.includes(item.type) && item.created * 1000 <= now + clockTolerance,
  )
  return firstGood(
    candidates.sort((one, other) => other.created - one.created),
    key,
    octets,
  )
}

// Without a promise where there is nothing to wait for: most signatures are checked at once.
function firstGood(candidates: readonly Signature[], key: PublicKey, octets: Buffer): Found {
  const [first, ...others] = candidates
  if (first === undefined) return null
  const next = (isGood: boolean): Found => (isGood ? first : firstGood(others, key, octets))
  const isGood = verifySignature(first, key, octets)
  return typeof isGood === 'boolean' ? next(isGood) : isGood.then(next)
}

// What the key revoked with, at `since` (seconds) or later. A revocation counts from the moment that it is seen.
function revocation(
  signatures: readonly Signature[],
  type: number,
  key: PublicKey,
  octets: Buffer,
  since: number,
): Found {
  const found = signatures.filter(item => item.type === type && item.created >= since)
  return firstGood(found, key, octets)
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
  const { certificationRevocation } = signatureType
  const end = await revocation(userId.signatures, certificationRevocation, issuer, octets, found.created)
  return end === null ? found : 'revoked'
}

/** Whether a signing subkey agreed to belong to the primary key (RFC 9580 s5.2.1.9). */
export function hasBackSignature(
  binding: Signature,
  primary: PublicKey,
  subkey: PublicKey,
): boolean | Promise<boolean> {
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

async function existing<Item, Found>(
  items: readonly Item[],
  find: (item: Item) => Promise<Found | null>,
): Promise<Found[]> {
  const all: Found[] = []
  for (const item of items) {
    const found = await find(item)
    if (found !== null) all.push(found)
  }
  return all
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
  if (await revocation(signatures, signatureType.subkeyRevocation, primary, octets, 0)) return null
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
