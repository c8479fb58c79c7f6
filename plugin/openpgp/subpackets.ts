// Signature subpackets (RFC 9580 s5.2.3.7 to s5.2.3.36), read and written in the order in which they stand.
import { PluginError } from '../errors.js'
import type { Fingerprint } from '../ports.js'
import { encodeLength } from './packets.js'

/** Subpacket types that this project reads or writes. */
export const subpacketType = {
  created: 2,
  expires: 3,
  exportable: 4,
  trust: 5,
  regex: 6,
  revocable: 7,
  keyExpires: 9,
  preferredCiphers: 11,
  issuerKeyId: 16,
  notation: 20,
  preferredHashes: 21,
  preferredCompressions: 22,
  keyServerPreferences: 23,
  preferredKeyServer: 24,
  primaryUserId: 25,
  policy: 26,
  keyFlags: 27,
  signersUserId: 28,
  revocationReason: 29,
  features: 30,
  embeddedSignature: 32,
  issuerFingerprint: 33,
  approvedCertifications: 37,
} as const

export interface Subpacket {
  readonly type: number
  readonly critical: boolean
  readonly value: Buffer
}

/** Makes a subpacket for `encodeSubpackets`. */
export function subpacket(type: number, value: Uint8Array, critical = false): Subpacket {
  return { type, critical, value: Buffer.isBuffer(value) ? value : Buffer.from(value) }
}

/** A notation that machines read (RFC 9580 s5.2.3.24). */
export function notation(name: string, value: Uint8Array): Subpacket {
  const head = Buffer.from([0, 0, 0, 0, 0, name.length, value.length >> 8, value.length & 0xff])
  return subpacket(subpacketType.notation, Buffer.concat([head, Buffer.from(name), value]))
}

/** The value of the notation of that name, `null` where there is none or more than one. */
export function findNotation(area: readonly Subpacket[], name: string): Buffer | null {
  const found = area.flatMap(item => (item.type === subpacketType.notation ? [readNotation(item.value)] : []))
  const named = found.filter(item => item?.name === name)
  return named.length === 1 ? (named[0]?.value ?? null) : null
}

/** The value of the first subpacket of a type, `null` where there is none. */
export function findSubpacket(area: readonly Subpacket[], type: number): Buffer | null {
  return area.find(item => item.type === type)?.value ?? null
}

/** A time in seconds, `null` where the subpacket is absent. */
export function findTime(area: readonly Subpacket[], type: number): number | null {
  const value = findSubpacket(area, type)
  if (value === null) return null
  if (value.length !== 4) throw broken()
  return value.readUInt32BE(0)
}

/** The issuer's versioned fingerprint, `null` where the area has none of version 4. */
export function findIssuer(area: readonly Subpacket[]): Fingerprint | null {
  const value = findSubpacket(area, subpacketType.issuerFingerprint)
  return value?.length === 21 && value[0] === 4 ? (value.toString('hex') as Fingerprint) : null
}

export function encodeSubpackets(area: readonly Subpacket[]): Buffer {
  const pieces: Buffer[] = []
  for (const item of area) pieces.push(encodeHead(item), item.value)
  return Buffer.concat(pieces)
}

/** @throws PluginError `bad-format` when a length does not fit */
export function parseSubpackets(area: Buffer): Subpacket[] {
  const found: Subpacket[] = []
  for (let start = 0; start < area.length;) {
    const { at, length } = readLength(area, start)
    const type = area[at]
    if (length === 0 || type === undefined || at + length > area.length) throw broken()
    found.push({ type: type & 0x7f, critical: type > 0x7f, value: area.subarray(at + 1, at + length) })
    start = at + length
  }
  return found
}

// RFC 9580 s5.2.3.7: the length counts the octet of the type.
function encodeHead({ type, critical, value }: Subpacket): Buffer {
  const [length, marked] = [value.length + 1, critical ? type | 0x80 : type]
  return length < 192 ? Buffer.of(length, marked) : Buffer.concat([encodeLength(length), Buffer.of(marked)])
}

// RFC 9580 s5.2.3.7: as for packets, but every first octet from 192 to 254 means two octets.
function readLength(area: Buffer, start: number): { at: number; length: number } {
  const one = area[start] ?? 0
  const size = one < 192 ? 1 : one < 255 ? 2 : 5
  if (start + size > area.length) throw broken()
  if (size === 1) return { at: start + 1, length: one }
  if (size === 2) return { at: start + 2, length: area.readUInt16BE(start) - 0xc000 + 192 }
  return { at: start + 5, length: area.readUInt32BE(start + 1) }
}

function readNotation(value: Buffer): { name: string; value: Buffer } | null {
  if (value.length < 8) return null
  const nameEnd = 8 + value.readUInt16BE(4)
  if (nameEnd + value.readUInt16BE(6) !== value.length) return null
  return { name: value.toString('utf8', 8, nameEnd), value: value.subarray(nameEnd) }
}

function broken(): PluginError {
  return new PluginError('bad-format', 'A signature has a broken subpacket.')
}
