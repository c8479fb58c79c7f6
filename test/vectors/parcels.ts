// Vectors of parcels and their vouchers, for PROTO s6.
import { randomBytes } from 'node:crypto'
import { parseDomain, parseUserAddress } from '../../plugin/addresses.js'
import { encodeParcel, parseParcel, type Parcel } from '../../plugin/delivery/parcel.js'
import {
  generateServerKey,
  parseCertificate,
  signDocument,
  verifyDocument,
} from '../../plugin/openpgp/index.js'

export interface ValidParcel {
  readonly name: string
  readonly parcel: string
  /** The certificate of the sender's server, and a time in milliseconds at which the voucher is checked. */
  readonly certificate: string
  readonly now: number
  readonly says: Readonly<Record<string, string | number>>
}

export interface InvalidParcel {
  readonly name: string
  readonly parcel: string
  readonly certificate: string
  readonly now: number
  /** `refused`: it breaks the format. `unvouched`: nobody vouches for it. */
  readonly outcome: 'refused' | 'unvouched'
}

const now = Date.UTC(2026, 5, 1)
const server = generateServerKey(parseDomain('a.example'), now)
const certificate = server.certificate.octets.toString('hex')
const sign = (octets: Buffer): Promise<Buffer> => signDocument(server, octets, now)
const parcel: Parcel = {
  conversation: randomBytes(16),
  sequence: 7,
  oldest: 5,
  kind: 'message',
  reply: { tag: randomBytes(16), key: randomBytes(32) },
  part: 0,
  parts: 1,
  sent: now / 1000,
  sender: parseUserAddress('alice@a.example'),
  recipient: parseUserAddress('bob@b.example'),
  payload: randomBytes(40),
}

export async function validParcels(): Promise<ValidParcel[]> {
  const cases: [string, Parcel][] = [
    ['a parcel', parcel],
    ['the second part of three', { ...parcel, part: 1, parts: 3 }],
    ['the last part of all that there can be', { ...parcel, part: 254, parts: 255 }],
    ['a message that was given up', { ...parcel, kind: 'skip', payload: Buffer.alloc(0) }],
    ['a message with a label', { ...parcel, label: { id: 'm-1', asks: ['receipt', 'markers'] } }],
    ['a correction', { ...parcel, label: { id: 'm-2', asks: [], replaces: 'm-1' } }],
    ['a mark', { ...parcel, kind: 'mark', payload: Buffer.from('\x01m-1') }],
    ['a message of a visitor', { ...parcel, proof: randomBytes(150) }],
    [
      'a message of a visitor with a label',
      { ...parcel, label: { id: 'm-3', asks: ['receipt'] }, proof: randomBytes(150) },
    ],
    ['a mark of a visitor', { ...parcel, kind: 'mark', payload: Buffer.from('\x01m-1'), proof: randomBytes(150) }],
    [
      'a visitor’s message that was given up',
      { ...parcel, kind: 'skip', payload: Buffer.alloc(0), proof: randomBytes(150) },
    ],
    ['an empty payload', { ...parcel, payload: Buffer.alloc(0) }],
    ['a long payload', { ...parcel, payload: randomBytes(900) }],
    ['addresses beyond ASCII', { ...parcel, sender: parseUserAddress('Zoë@a.example') }],
  ]
  const made = await Promise.all(
    cases.map(async ([name, of]) => [name, of, await encodeParcel(of, sign)] as const),
  )
  const plain = made.map(([name, of, octets]) => describe(name, of, octets))
  const padded = Buffer.concat([made[0]?.[2] ?? Buffer.alloc(0), Buffer.alloc(200)])
  return [...plain, describe('zeros behind it', parcel, padded)]
}

function describe(name: string, of: Parcel, octets: Buffer): ValidParcel {
  return { name, parcel: octets.toString('hex'), certificate, now, says: fieldsOf(of) }
}

/** The fields as the vectors write them. */
export function fieldsOf({
  conversation,
  reply,
  payload,
  label,
  proof,
  ...rest
}: Parcel): Record<string, string | number> {
  const [replyTag, replyKey] = [reply.tag, reply.key].map(octets => octets.toString('hex'))
  const octets = { conversation: conversation.toString('hex'), payload: payload.toString('hex') }
  const labelled: Record<string, string> | undefined = label && { ...label, asks: label.asks.join(' ') }
  const proven: Record<string, string> | undefined = proof && { proof: proof.toString('hex') }
  return { ...rest, ...labelled, ...octets, ...proven, replyTag: replyTag ?? '', replyKey: replyKey ?? '' }
}

export async function invalidParcels(): Promise<InvalidParcel[]> {
  const octets = await encodeParcel(parcel, sign)
  const make = (outcome: InvalidParcel['outcome'], cases: [string, Buffer][]): InvalidParcel[] =>
    cases.map(([name, broken]) => ({ name, parcel: broken.toString('hex'), certificate, now, outcome }))
  return [...make('refused', broken(octets)), ...make('unvouched', await unvouched(octets))]
}

const oldestAt = 20
const partAt = 24
const senderAt = 78
const recipientAt = senderAt + 1 + 15
const typeAt = recipientAt + 1 + 13

function broken(octets: Buffer): [string, Buffer][] {
  const changed = (at: number, octet: number): Buffer => {
    const copy = Buffer.from(octets)
    copy[at] = octet
    return copy
  }
  const withProof = (type: number): Buffer => {
    const end = typeAt + 3 + parcel.payload.length
    const proof = Buffer.concat([Buffer.of(0, 150), randomBytes(150)])
    const grown = Buffer.concat([octets.subarray(0, end), proof, octets.subarray(end)])
    grown[typeAt] = type
    return grown
  }
  return [
    ['nothing', Buffer.alloc(0)],
    ['zeros', Buffer.alloc(700)],
    ['half a head', octets.subarray(0, 20)],
    ['an address without its end', octets.subarray(0, 84)],
    ['no payload', octets.subarray(0, typeAt)],
    ['a payload without its end', octets.subarray(0, typeAt + 20)],
    ['no voucher', octets.subarray(0, typeAt + 3 + 40)],
    ['a voucher without its end', octets.subarray(0, -1)],
    ['an octet behind the voucher', Buffer.concat([octets, Buffer.of(1)])],
    ['an octet behind the zeros', Buffer.concat([octets, Buffer.alloc(100), Buffer.of(1)])],
    ['a message that is done with before it is sent', changed(oldestAt + 3, 8)],
    ['a second part of one', changed(partAt, 1)],
    ['no parts', changed(partAt + 1, 0)],
    ['another payload type', changed(typeAt, 5)],
    ['another payload type of a visitor', changed(typeAt, 0x45)],
    ['a proof whose bit is not set', withProof(1)],
    ['a proof without its end', withProof(0x41).subarray(0, typeAt + 3 + 40 + 60)],
    ['a payload of what was given up', changed(typeAt, 2)],
    ['a sender in capitals', changed(senderAt + 1, 0x41)],
    ['a sender without a domain', changed(senderAt + 6, 0x61)],
    ['a sender that is no UTF-8', changed(senderAt + 1, 0xff)],
    ['a recipient with a space', changed(recipientAt + 1, 0x20)],
    ['a recipient with a resource', changed(recipientAt + 6, 0x2f)],
    [
      'an address that is empty',
      Buffer.concat([octets.subarray(0, senderAt), Buffer.of(0), octets.subarray(recipientAt)]),
    ],
  ]
}

async function unvouched(octets: Buffer): Promise<[string, Buffer][]> {
  const stranger = generateServerKey(parseDomain('a.example'), now)
  const other = await encodeParcel({ ...parcel, conversation: randomBytes(16) }, sign)
  const voucherAt = typeAt + 3 + 40
  const unlabelled = await encodeParcel(parcel, text => sign(text.subarray(text.indexOf(0) + 1)))
  const changed = (at: number): Buffer => {
    const copy = Buffer.from(octets)
    copy[at] = (copy[at] ?? 0) ^ 1
    return copy
  }
  return [
    ['another server’s voucher', await encodeParcel(parcel, text => signDocument(stranger, text, now))],
    [
      'the voucher of another parcel',
      Buffer.concat([octets.subarray(0, voucherAt), other.subarray(voucherAt)]),
    ],
    ['a voucher without the words that say what it is for', unlabelled],
    ['an empty voucher', Buffer.concat([octets.subarray(0, voucherAt), Buffer.alloc(2)])],
    ['another conversation', changed(0)],
    ['another number', changed(19)],
    ['another oldest number', changed(oldestAt + 3)],
    ['another time', changed(29)],
    ['another reply tag', changed(30)],
    ['another reply key', changed(46)],
    ['another sender', changed(senderAt + 1)],
    ['another recipient', changed(recipientAt + 3)],
    ['another payload', changed(typeAt + 10)],
    ['a bit of the voucher flipped', changed(octets.length - 1)],
  ]
}

/** The parcel and whether its server vouches for it. */
export async function readParcel(vector: { parcel: string; certificate: string; now: number }): Promise<{
  parcel: Parcel
  voucher: Buffer
  vouched: boolean
}> {
  const parsed = parseParcel(Buffer.from(vector.parcel, 'hex'))
  const by = parseCertificate(Buffer.from(vector.certificate, 'hex'))
  const vouched = await verifyDocument(by, parsed.signed, parsed.voucher, vector.now)
  return { parcel: parsed.parcel, voucher: parsed.voucher, vouched }
}
