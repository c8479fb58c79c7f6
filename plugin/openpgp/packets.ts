// Bounded reader and writer of the packet sequence of keys and messages, both header formats (RFC 9580 s4.2).
import { PluginError } from '../errors.js'

/** Packet types that are read here (RFC 9580 s5). */
export const packetType = {
  encryptedSessionKey: 1,
  signature: 2,
  passphraseSessionKey: 3,
  onePassSignature: 4,
  secretKey: 5,
  publicKey: 6,
  secretSubkey: 7,
  literal: 11,
  userId: 13,
  publicSubkey: 14,
} as const

/** One packet: its type, and its body without the header. */
export interface Packet {
  readonly type: number
  readonly body: Buffer
}

/** What a reader takes at most, in octets and packets. */
export interface PacketLimits {
  readonly octets: number
  readonly body: number
  readonly packets: number
}

/** One certificate. User keys in the wild have a few hundred octets to some KiB; the rest is room for signatures. */
export const certificateLimits: PacketLimits = { octets: 65_536, body: 8_192, packets: 256 }

/**
 * Reads all packets; the parsers of certificates, secret keys and messages call it.
 * @throws PluginError `bad-format` where a length is partial, indeterminate or beyond the end, or a limit is passed
 */
export function readPackets(octets: Buffer, limits: PacketLimits): Packet[] {
  if (octets.length > limits.octets) throw broken(`is longer than ${String(limits.octets)} octets`)
  const packets: Packet[] = []
  for (let start = 0; start < octets.length;) {
    const { type, bodyStart, length } = readAnyHeader(octets, start)
    if (length > limits.body || packets.length === limits.packets)
      throw broken('has a packet too long or too many')
    if (bodyStart + length > octets.length) throw broken('ends within a packet')
    packets.push({ type, body: octets.subarray(bodyStart, bodyStart + length) })
    start = bodyStart + length
  }
  return packets
}

/** The bodies of the packets of one type that stand in front, as `readPackets` reads them; what follows is not looked at. */
export function readLeading(octets: Buffer, type: number, limits: PacketLimits): Buffer[] {
  const bodies: Buffer[] = []
  for (let start = 0; typeAt(octets, start) === type;) {
    const { bodyStart, length } = readAnyHeader(octets, start)
    if (length > limits.body || bodies.length === limits.packets || bodyStart + length > octets.length)
      throw broken('has a packet too long or too many')
    bodies.push(octets.subarray(bodyStart, bodyStart + length))
    start = bodyStart + length
  }
  return bodies
}

/** Writes one packet in the current format. */
export function encodePacket(type: number, body: Buffer): Buffer {
  return Buffer.concat([Buffer.of(0xc0 | type), encodeLength(body.length), body])
}

/** Writes a length in the shortest form; subpackets use the same (RFC 9580 s4.2.1, s5.2.3.7). */
export function encodeLength(length: number): Buffer {
  if (length < 192) return Buffer.of(length)
  if (length < 8384) return Buffer.of(((length - 192) >> 8) + 192, (length - 192) & 0xff)
  return Buffer.concat([Buffer.of(255), uint32(length)])
}

/** Four octets, for lengths and times. */
export function uint32(value: number): Buffer {
  const octets = Buffer.alloc(4)
  octets.writeUInt32BE(value)
  return octets
}

function typeAt(octets: Buffer, at: number): number | null {
  const first = octets[at] ?? 0
  if ((first & 0x80) === 0) return null
  return (first & 0x40) === 0 ? (first >> 2) & 0x0f : first & 0x3f
}

function readAnyHeader(octets: Buffer, start: number): { type: number; bodyStart: number; length: number } {
  const first = octets[start] ?? 0
  if ((first & 0x80) === 0) throw broken('is not OpenPGP, or is armored; send it binary')
  const at = start + 1
  if ((first & 0x40) === 0)
    return { type: (first >> 2) & 0x0f, ...readLegacyLength(octets, at, first & 0x03) }
  return { type: first & 0x3f, ...readLength(octets, at) }
}

// RFC 9580 s4.2.2: 1, 2 or 4 octets; the fourth form means "to the end".
function readLegacyLength(octets: Buffer, at: number, form: number): { bodyStart: number; length: number } {
  const size = [1, 2, 4][form]
  if (size === undefined) throw broken('has a packet of indeterminate length')
  if (at + size > octets.length) throw broken('ends within a header')
  return { bodyStart: at + size, length: octets.readUIntBE(at, size) }
}

// RFC 9580 s4.2.1.
function readLength(octets: Buffer, at: number): { bodyStart: number; length: number } {
  const one = octets[at] ?? 0
  const size = one < 192 ? 1 : one < 224 ? 2 : one === 255 ? 5 : 0
  if (size === 0) throw broken('has a packet of partial length')
  if (at + size > octets.length) throw broken('ends within a header')
  if (size === 1) return { bodyStart: at + 1, length: one }
  if (size === 2) return { bodyStart: at + 2, length: octets.readUInt16BE(at) - 0xc000 + 192 }
  return { bodyStart: at + 5, length: octets.readUInt32BE(at + 1) }
}

function broken(what: string): PluginError {
  return new PluginError('bad-format', `The OpenPGP data ${what}.`)
}
