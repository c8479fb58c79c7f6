// Signature packets, version 4, and the octets that each kind signs (RFC 9580 s5.2.3, s5.2.4).
import { PluginError } from '../errors.js'
import type { Fingerprint } from '../ports.js'
import { uint32 } from './packets.js'
import type { PublicKey } from './public-key.js'
import {
  encodeSubpackets,
  findIssuer,
  findSubpacket,
  findTime,
  parseSubpackets,
  subpacketType,
  type Subpacket,
} from './subpackets.js'

/** Signature types (RFC 9580 s5.2.1). */
export const signatureType = {
  document: 0x00,
  text: 0x01,
  genericCertification: 0x10,
  positiveCertification: 0x13,
  approval: 0x16,
  subkeyBinding: 0x18,
  primaryBinding: 0x19,
  directKey: 0x1f,
  keyRevocation: 0x20,
  subkeyRevocation: 0x28,
  certificationRevocation: 0x30,
} as const

/** A signature as read; nothing in it is true before `verifySignature` says so. Times are in seconds. */
export interface Signature {
  readonly body: Buffer
  readonly type: number
  readonly algorithm: number
  readonly hash: number
  /** What the signature itself covers. Only these subpackets are to be believed. */
  readonly hashed: readonly Subpacket[]
  readonly unhashed: readonly Subpacket[]
  readonly created: number
  /** When it ends, `Infinity` where it does not. */
  readonly expires: number
  /** The part of the packet that is signed. */
  readonly covered: Buffer
  /** The first two octets of the digest. */
  readonly digestStart: Buffer
  readonly material: Buffer
}

/** @returns `null` for a packet that is no well-formed signature of version 4, which then counts as absent */
export function parseSignature(body: Buffer): Signature | null {
  try {
    return body[0] === 4 ? readFields(body) : null
  } catch (error) {
    // A read beyond the end, or a broken subpacket: both mean that the packet is malformed.
    if (error instanceof RangeError || error instanceof PluginError) return null
    throw error
  }
}

/** Reads a signature that was made here. */
export function ensureSignature(body: Buffer): Signature {
  const signature = parseSignature(body)
  if (signature === null) throw new PluginError('internal', 'A signature of our own cannot be read.')
  return signature
}

/** Whether the signature names this key as its issuer; a claim, not a proof. */
export function claimsIssuer(signature: Signature, key: PublicKey): boolean {
  const fingerprint = issuerOf(signature)
  return fingerprint === null ? issuerKeyIdOf(signature) === key.keyId : fingerprint === key.fingerprint
}

/** The key ID that the signature claims to be from, in hexadecimal; empty where it claims none. */
export function issuerKeyIdOf(signature: Signature): string {
  const area = [...signature.hashed, ...signature.unhashed]
  return (
    issuerOf(signature)?.slice(-16) ?? findSubpacket(area, subpacketType.issuerKeyId)?.toString('hex') ?? ''
  )
}

function issuerOf(signature: Signature): Fingerprint | null {
  return findIssuer(signature.hashed) ?? findIssuer(signature.unhashed)
}

/** What a certification of a user ID, or its revocation, signs. */
export function certifiedOctets(primary: PublicKey, userId: Buffer): Buffer {
  const head = Buffer.of(0xb4, 0, 0, 0, 0)
  head.writeUInt32BE(userId.length, 1)
  return Buffer.concat([primary.hashed, head, userId])
}

/** What a subkey binding, its back signature and its revocation sign. */
export function boundOctets(primary: PublicKey, subkey: PublicKey): Buffer {
  return Buffer.concat([primary.hashed, subkey.hashed])
}

/** All that is hashed: the signed octets, the covered fields, the trailer. */
export function digestInput(covered: Buffer, octets: Buffer): Buffer {
  return Buffer.concat([octets, covered, Buffer.of(4, 0xff), uint32(covered.length)])
}

/** Writes the fields that a signature covers. */
export function encodeCovered(
  type: number,
  number: number,
  hash: number,
  hashed: readonly Subpacket[],
): Buffer {
  const area = encodeSubpackets(hashed)
  return Buffer.concat([Buffer.of(4, type, number, hash, area.length >> 8, area.length & 0xff), area])
}

function readFields(body: Buffer): Signature | null {
  const coveredEnd = 6 + body.readUInt16BE(4)
  const unhashedEnd = coveredEnd + 2 + body.readUInt16BE(coveredEnd)
  if (unhashedEnd + 2 > body.length) return null
  const hashed = parseSubpackets(body.subarray(6, coveredEnd))
  const created = findTime(hashed, subpacketType.created)
  if (created === null) return null
  const lifetime = findTime(hashed, subpacketType.expires) ?? 0
  // Whoever asks for it later could not refuse any more what is taken in by then.
  findTime(hashed, subpacketType.keyExpires)
  return {
    body,
    type: body.readUInt8(1),
    algorithm: body.readUInt8(2),
    hash: body.readUInt8(3),
    hashed,
    unhashed: parseSubpackets(body.subarray(coveredEnd + 2, unhashedEnd)),
    created,
    expires: lifetime === 0 ? Infinity : created + lifetime,
    covered: body.subarray(0, coveredEnd),
    digestStart: body.subarray(unhashedEnd, unhashedEnd + 2),
    material: body.subarray(unhashedEnd + 2),
  }
}
