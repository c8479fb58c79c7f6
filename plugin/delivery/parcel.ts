// What a `deliver` layer holds: who sends what to whom, with the sending server's voucher for it (PROTO s6).
import { ensureZeros } from '../mor/index.js'
import { parseUserAddress } from '../addresses.js'
import { PluginError } from '../errors.js'
import type { UserAddress } from '../ports.js'

/** One message, or one part of it, as the sending server vouches for it. */
export interface Parcel {
  /** 16 random octets that name the transaction. */
  readonly transaction: Buffer
  /** Which part this is, from 0, of how many. */
  readonly part: number
  readonly parts: number
  /** Seconds since 1970, by the sending server's clock. */
  readonly sent: number
  readonly sender: UserAddress
  readonly recipient: UserAddress
  readonly payload: Buffer
}

const payloadType = 1 // an OpenPGP message as in XEP-0373
const longestAddress = 255

/**
 * Encodes a parcel with a voucher that `sign` makes over everything before it.
 * @throws PluginError `message-too-long` for an address that no parcel can hold
 */
export async function encodeParcel(
  parcel: Parcel,
  sign: (octets: Buffer) => Promise<Buffer>,
): Promise<Buffer> {
  const fixed = Buffer.alloc(6)
  fixed.writeUInt8(parcel.part, 0)
  fixed.writeUInt8(parcel.parts, 1)
  fixed.writeUInt32BE(parcel.sent, 2)
  const addresses = [encodeAddress(parcel.sender), encodeAddress(parcel.recipient)]
  const vouched = Buffer.concat([
    parcel.transaction,
    fixed,
    ...addresses,
    Buffer.of(payloadType),
    withLength(parcel.payload),
  ])
  return Buffer.concat([vouched, withLength(await sign(voucherText(vouched)))])
}

/**
 * Parses a parcel.
 * @returns the parcel, the octets that its voucher signs, and the voucher, which nobody has checked yet
 * @throws PluginError `bad-format`
 */
export function parseParcel(octets: Buffer): { parcel: Parcel; signed: Buffer; voucher: Buffer } {
  const sender = readPart(octets, 22, 1)
  const recipient = readPart(octets, sender.end, 1)
  const payload = readPart(octets, recipient.end + 1, 2)
  const voucher = readPart(octets, payload.end, 2)
  const [part, parts] = [octets.readUInt8(16), octets.readUInt8(17)]
  // Nobody puts parts together in this version: a part that passed as a whole would be shown as one.
  if (octets[recipient.end] !== payloadType || part !== 0 || parts !== 1) throw refused()
  ensureZeros(octets.subarray(voucher.end))
  return {
    parcel: {
      transaction: octets.subarray(0, 16),
      part,
      parts,
      sent: octets.readUInt32BE(18),
      sender: readAddress(sender.octets),
      recipient: readAddress(recipient.octets),
      payload: payload.octets,
    },
    signed: voucherText(octets.subarray(0, payload.end)),
    voucher: voucher.octets,
  }
}

// The words in front keep a voucher from being anything else that a server signs.
function voucherText(vouched: Buffer): Buffer {
  return Buffer.concat([Buffer.from('P3DO voucher v1\0'), vouched])
}

function encodeAddress(address: UserAddress): Buffer {
  const octets = Buffer.from(address)
  if (octets.length > longestAddress) {
    throw new PluginError('message-too-long', 'The address of a correspondent is longer than 255 octets.')
  }
  return Buffer.concat([Buffer.of(octets.length), octets])
}

// Only the normalised form is accepted, so that one user has one encoding.
function readAddress(octets: Buffer): UserAddress {
  const address = parseUserAddress(octets.toString())
  if (!Buffer.from(address).equals(octets)) throw refused()
  return address
}

function withLength(octets: Buffer): Buffer {
  const length = Buffer.alloc(2)
  length.writeUInt16BE(octets.length)
  return Buffer.concat([length, octets])
}

function readPart(octets: Buffer, start: number, width: 1 | 2): { octets: Buffer; end: number } {
  if (start + width > octets.length) throw refused()
  const end = start + width + octets.readUIntBE(start, width)
  if (end > octets.length) throw refused()
  return { octets: octets.subarray(start + width, end), end }
}

function refused(): PluginError {
  return new PluginError('bad-format', 'A parcel is not in the one accepted form.')
}
