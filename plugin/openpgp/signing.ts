// Making and verifying signatures (RFC 9580 s5.2.3): Ed25519 over node:crypto.
import { createPrivateKey, createPublicKey, hash, sign, verify, type KeyObject } from 'node:crypto'
import { encodeMpi, leftPad, readMpi } from './mpi.js'
import { uint32 } from './packets.js'
import { algorithm, keyOctets, type PublicKey } from './public-key.js'
import { claimsIssuer, digestInput, encodeCovered, type Signature } from './signature.js'
import { subpacket, subpacketType, type Subpacket } from './subpackets.js'
import { checkOnce } from './verified.js'

/** A key pair that signs: an Ed25519 key with the 32 octets of its secret half. */
export interface Signer {
  readonly key: PublicKey
  readonly secret: Buffer
}

/** Registered hashes that are strong enough for certificates, by their number (RFC 9580 s9.5). */
export const hashNames: Readonly<Record<number, string>> = {
  8: 'sha256',
  9: 'sha384',
  10: 'sha512',
  12: 'sha3-256',
  14: 'sha3-512',
}
const sha512 = 10
// No notation has a meaning that could not be passed over, so a critical one is always unknown.
const understood = new Set<number>(
  Object.values(subpacketType).filter(type => type !== subpacketType.notation),
)
const ed25519Algorithms = new Set<number>([algorithm.eddsaLegacy, algorithm.ed25519])

/**
 * Signs octets and gives the body of a signature packet. `now` is in milliseconds.
 * Creation time, issuer fingerprint and issuer key ID are written first; `more` follows in its own order. The key ID is
 * there because gpg 2.2 imports no key whose signatures name a fingerprint only; nothing stands in the unhashed part,
 * where anybody could change it.
 */
export function makeSignature(
  signer: Signer,
  type: number,
  octets: Buffer,
  now: number,
  more: readonly Subpacket[] = [],
): Buffer {
  const keyId = subpacket(subpacketType.issuerKeyId, Buffer.from(signer.key.keyId, 'hex'))
  return makeCompactSignature(signer, type, octets, now, [keyId, ...more])
}

/** The same without the key ID, for signatures that only this project's servers verify. */
export function makeCompactSignature(
  signer: Signer,
  type: number,
  octets: Buffer,
  now: number,
  more: readonly Subpacket[] = [],
): Buffer {
  const created = subpacket(subpacketType.created, uint32(Math.floor(now / 1000)))
  const issuer = subpacket(subpacketType.issuerFingerprint, Buffer.from(signer.key.fingerprint, 'hex'))
  const covered = encodeCovered(type, signer.key.algorithm, sha512, [created, issuer, ...more])
  const digest = hash('sha512', digestInput(covered, octets), 'buffer')
  const signed = sign(null, digest, signingKey(signer))
  return Buffer.concat([covered, Buffer.of(0, 0), digest.subarray(0, 2), encodeMaterial(signer.key, signed)])
}

/**
 * Whether the key made this signature over these octets, with a strong hash and nothing critical that is unknown here.
 * Says nothing about time: see `isCurrent`.
 */
export function verifySignature(
  signature: Signature,
  key: PublicKey,
  octets: Buffer,
): boolean | Promise<boolean> {
  const hashName = hashNames[signature.hash]
  if (hashName === undefined || !isAcceptable(signature, key)) return false
  if (!ed25519Algorithms.has(key.algorithm)) return verifyByLibrary(signature, key, octets)
  return checkOnce([key.body, signature.body, octets], () => verifyEd25519(signature, key, hashName, octets))
}

// OpenPGP.js takes 17 MB of memory, and most servers meet no other algorithm on this thread.
async function verifyByLibrary(signature: Signature, key: PublicKey, octets: Buffer): Promise<boolean> {
  const { verifyOther } = await import('./other-signature.js')
  return verifyOther(signature, key, octets)
}

function verifyEd25519(signature: Signature, key: PublicKey, hashName: string, octets: Buffer): boolean {
  const digest = hash(hashName, digestInput(signature.covered, octets), 'buffer')
  if (!digest.subarray(0, 2).equals(signature.digestStart)) return false
  const point = verifyingKey(key)
  const material = point && readMaterial(signature)
  return point !== null && material !== null && verify(null, digest, point, material)
}

/** How far the clocks of two servers may differ, in milliseconds. */
export const clockTolerance = 600_000

/** Whether a signature is in force at `now`, in milliseconds. */
export function isCurrent(signature: Signature, now: number): boolean {
  return signature.created * 1000 <= now + clockTolerance && now < signature.expires * 1000
}

function isAcceptable(signature: Signature, key: PublicKey): boolean {
  if (signature.algorithm !== key.algorithm || signature.created < key.created) return false
  return (
    claimsIssuer(signature, key) &&
    signature.hashed.every(item => !item.critical || understood.has(item.type))
  )
}

// RFC 9580 s5.2.3.3: two MPIs in the legacy form; s5.2.3.4: 64 octets.
function encodeMaterial(key: PublicKey, signed: Buffer): Buffer {
  if (key.algorithm === algorithm.ed25519) return signed
  return Buffer.concat([encodeMpi(signed.subarray(0, 32)), encodeMpi(signed.subarray(32))])
}

function readMaterial(signature: Signature): Buffer | null {
  const { material } = signature
  if (signature.algorithm === algorithm.ed25519) return material.length === 64 ? material : null
  const first = readMpi(material, 0)
  const second = first && readMpi(material, first.end)
  if (second?.end !== material.length || !first) return null
  return Buffer.concat([leftPad(first.value, 32), leftPad(second.value, 32)])
}

// To read a secret takes as long as to sign with it, and most certificates have several signatures by one key. What is read
// lasts as long as the octets that it was read from.
const signingKeys = new WeakMap<Buffer, KeyObject>()

function signingKey({ key, secret }: Signer): KeyObject {
  const known = signingKeys.get(secret)
  if (known) return known
  const x = keyOctets(key)?.toString('base64url') ?? ''
  const jwk = { kty: 'OKP', crv: 'Ed25519', x, d: secret.toString('base64url') }
  const read = createPrivateKey({ key: jwk, format: 'jwk' })
  signingKeys.set(secret, read)
  return read
}

const verifyingKeys = new WeakMap<Buffer, KeyObject>()

function verifyingKey(key: PublicKey): KeyObject | null {
  const known = verifyingKeys.get(key.body)
  if (known) return known
  const x = keyOctets(key)?.toString('base64url')
  if (x === undefined) return null
  const read = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
  verifyingKeys.set(key.body, read)
  return read
}
