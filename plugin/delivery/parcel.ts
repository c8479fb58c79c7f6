// What a `deliver` layer for a server holds: who sends what to whom, with the sending server's voucher (PROTO s6).
import { ensureZeros, tagLength } from '../mor/index.js'
import { parseUserAddress } from '../addresses.js'
import { PluginError } from '../errors.js'
import type { UserAddress } from '../ports.js'
import { encodeLabel, labelLength, splitLabel, type Label } from './label.js'

/** Where an acknowledgement goes: an onion with this tag, its last layer wrapped to this one-time key. */
export interface ReplyTo {
  readonly tag: Buffer
  /** 32 octets of an X25519 public key. */
  readonly key: Buffer
}

/** One message, or one part of it, as the sending server vouches for it. */
export interface Parcel {
  /** 16 random octets that name everything from this sender to this recipient. */
  readonly conversation: Buffer
  /** Number of the message in the conversation, from 0. */
  readonly sequence: number
  /** The first number that is not done with at the sender; up to `sequence`. */
  readonly oldest: number
  /** Which part this is, from 0, of how many, at most `mostParts`. */
  readonly part: number
  readonly parts: number
  readonly reply: ReplyTo
  /** `skip` stands for a message that was given up: those behind it need not wait for it. */
  readonly kind: 'message' | 'skip' | 'mark'
  /** Of a message only, and of each of its parts. */
  readonly label?: Label
  /** Seconds since 1970, by the sending server's clock. */
  readonly sent: number
  readonly sender: UserAddress
  readonly recipient: UserAddress
  readonly payload: Buffer
  /** The sender's word that he visits the server that vouches (PROTO s12.2); none where that is his home. */
  readonly proof?: Buffer
}

// `message` holds an OpenPGP message as in XEP-0373, or a part of one.
const payloadTypes = { message: 1, skip: 2, labelled: 3, mark: 4 } as const
// Beside the payload type: a proof stands behind the payload.
const proven = 0x40
const longestAddress = 255

/** So many parts a message has at most. */
export const mostParts = 255

const conversationLength = 16
const partsStart = conversationLength + 4 + 4
const replyStart = partsStart + 2 + 4
const addressesStart = replyStart + tagLength + 32
// A signature by Ed25519 with the subpackets that ours have takes 117 or 118; measured, with some room.
const longestVoucher = 124

/** Octets that a parcel has besides its payload at most, the kind octet of its layer included. */
export function parcelOverhead({
  sender,
  recipient,
  label,
  proof,
}: Pick<Parcel, 'sender' | 'recipient' | 'label' | 'proof'>): number {
  const addresses = Buffer.byteLength(sender) + Buffer.byteLength(recipient)
  const proofLength = proof ? 2 + proof.length : 0
  return labelLength(label) + 1 + addressesStart + 2 + addresses + 1 + 2 + proofLength + 2 + longestVoucher
}

/**
 * Encodes a parcel with a voucher that `sign` makes over everything before it.
 * @throws PluginError `message-too-long` for an address that no parcel can hold
 */
export async function encodeParcel(
  parcel: Parcel,
  sign: (octets: Buffer) => Promise<Buffer>,
): Promise<Buffer> {
  const numbers = Buffer.alloc(14)
  numbers.writeUInt32BE(parcel.sequence, 0)
  numbers.writeUInt32BE(parcel.oldest, 4)
  numbers.writeUInt8(parcel.part, 8)
  numbers.writeUInt8(parcel.parts, 9)
  numbers.writeUInt32BE(parcel.sent, 10)
  const vouched = Buffer.concat([
    parcel.conversation,
    numbers,
    parcel.reply.tag,
    parcel.reply.key,
    encodeAddress(parcel.sender),
    encodeAddress(parcel.recipient),
    Buffer.of(payloadTypes[parcel.label ? 'labelled' : parcel.kind] | (parcel.proof ? proven : 0)),
    withLength(Buffer.concat([encodeLabel(parcel.label), parcel.payload])),
    ...(parcel.proof ? [withLength(parcel.proof)] : []),
  ])
  return Buffer.concat([vouched, withLength(await sign(voucherText(vouched)))])
}

/**
 * Parses a parcel.
 * @returns the parcel, the octets that its voucher signs, and the voucher, which nobody has checked yet
 * @throws PluginError `bad-format`
 */
export function parseParcel(octets: Buffer): { parcel: Parcel; signed: Buffer; voucher: Buffer } {
  const sender = readPart(octets, addressesStart, 1)
  const recipient = readPart(octets, sender.end, 1)
  const payload = readPart(octets, recipient.end + 1, 2)
  const [kind = 0] = octets.subarray(recipient.end)
  const proof = (kind & proven) === 0 ? null : readPart(octets, payload.end, 2)
  const vouchedEnd = (proof ?? payload).end
  const voucher = readPart(octets, vouchedEnd, 2)
  const type = readType(kind & ~proven)
  const { label, rest } = splitLabel(payload.octets, type === 'labelled')
  const [part, parts] = [octets.readUInt8(partsStart), octets.readUInt8(partsStart + 1)]
  const sequence = octets.readUInt32BE(conversationLength)
  const oldest = octets.readUInt32BE(conversationLength + 4)
  if (oldest > sequence || part >= parts || (type === 'skip' && payload.octets.length > 0)) throw refused()
  if ((type === 'skip' || type === 'mark') && parts !== 1) throw refused()
  ensureZeros(octets.subarray(voucher.end))
  return {
    parcel: {
      conversation: octets.subarray(0, conversationLength),
      sequence,
      oldest,
      part,
      parts,
      sent: octets.readUInt32BE(partsStart + 2),
      reply: {
        tag: octets.subarray(replyStart, replyStart + tagLength),
        key: octets.subarray(replyStart + tagLength, addressesStart),
      },
      sender: readAddress(sender.octets),
      recipient: readAddress(recipient.octets),
      kind: type === 'labelled' ? 'message' : type,
      ...(label && { label }),
      payload: rest,
      ...(proof && { proof: proof.octets }),
    },
    signed: voucherText(octets.subarray(0, vouchedEnd)),
    voucher: voucher.octets,
  }
}

type PayloadType = keyof typeof payloadTypes

function readType(octet: number): PayloadType {
  const found = (Object.keys(payloadTypes) as PayloadType[]).find(type => payloadTypes[type] === octet)
  if (found === undefined) throw refused()
  return found
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
