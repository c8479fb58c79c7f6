// Transferable public keys of version 4, read without judging them (RFC 9580 s10.1).
import { PluginError } from '../errors.js'
import type { Fingerprint } from '../ports.js'
import { encodeHeader } from './packet-length.js'
import { certificateLimits, packetType, readPackets, type Packet } from './packets.js'
import { parsePublicKey, type PublicKey } from './public-key.js'
import { ensureSignature, parseSignature, type Signature } from './signature.js'

/** A user ID as it stands: nothing about it is true before a verdict says so. Compare `packet`, never a part of it. */
export interface UserId {
  readonly userId: string
  readonly packet: Buffer
  readonly signatures: readonly Signature[]
}

export interface Subkey {
  readonly key: PublicKey
  readonly signatures: readonly Signature[]
}

/** A certificate as read. `signatures` are those on the primary key itself; `octets` are what was parsed. */
export interface Certificate {
  readonly fingerprint: Fingerprint
  readonly primary: PublicKey
  readonly signatures: readonly Signature[]
  readonly userIds: readonly UserId[]
  readonly subkeys: readonly Subkey[]
  readonly octets: Buffer
}

const mostUserIds = 20
const mostSubkeys = 32

/**
 * Reads one certificate. Everything that takes a certificate from outside calls it first.
 * @throws PluginError `bad-format` for what is no certificate, `certificate-invalid` for what is not accepted in one:
 * secret keys, user attributes, other versions, more than one certificate, unknown packets
 */
export function parseCertificate(octets: Buffer): Certificate {
  const [first, ...rest] = readPackets(octets, certificateLimits)
  const primary = readPrimary(first)
  const [direct, ...components] = groupSignatures(rest)
  const userIds = components.filter(group => group.head?.type === packetType.userId).map(readUserId)
  const subkeys = components.filter(group => group.head?.type === packetType.publicSubkey).map(readSubkey)
  const packets = userIds.map(item => item.packet.toString('hex'))
  const fingerprints = subkeys.map(item => item.key.fingerprint)
  ensureDistinct(packets, mostUserIds)
  ensureDistinct(fingerprints, mostSubkeys)
  const { fingerprint } = primary
  return { fingerprint, primary, signatures: direct?.signatures ?? [], userIds, subkeys, octets }
}

/** Writes a certificate from its parts, and gives it with the octets that were written. */
export function buildCertificate(parts: Omit<Certificate, 'fingerprint' | 'octets'>): Certificate {
  // All of it is put together once: this is most of the work when a certificate changes.
  const pieces: Buffer[] = []
  addPieces(pieces, packetType.publicKey, parts.primary.body, parts.signatures)
  for (const item of parts.userIds) addPieces(pieces, packetType.userId, item.packet, item.signatures)
  for (const item of parts.subkeys) addPieces(pieces, packetType.publicSubkey, item.key.body, item.signatures)
  const octets = Buffer.concat(pieces)
  return { ...parts, fingerprint: parts.primary.fingerprint, octets }
}

/** The user ID whose octets are exactly these, or `null`. */
export function findUserId(certificate: Certificate, userId: string): UserId | null {
  const wanted = Buffer.from(userId)
  return certificate.userIds.find(item => item.packet.equals(wanted)) ?? null
}

/** The certificate with one more signature, given as its body, on one of its user IDs. */
export function addUserIdSignature(certificate: Certificate, userId: UserId, body: Buffer): Certificate {
  const added = { ...userId, signatures: [...userId.signatures, ensureSignature(body)] }
  const userIds = certificate.userIds.map(item => (item === userId ? added : item))
  return buildCertificate({ ...certificate, userIds })
}

interface Group {
  readonly head: Packet | null
  readonly signatures: Signature[]
}

// Signatures belong to the packet before them; the first group, without a head, belongs to the primary key.
function groupSignatures(packets: readonly Packet[]): Group[] {
  const groups: Group[] = [{ head: null, signatures: [] }]
  for (const packet of packets) {
    if (packet.type !== packetType.signature) {
      groups.push({ head: ensureComponent(packet), signatures: [] })
      continue
    }
    const signature = parseSignature(packet.body)
    if (signature !== null) groups.at(-1)?.signatures.push(signature)
  }
  return groups
}

function readPrimary(first: Packet | undefined): PublicKey {
  if (first?.type === packetType.publicKey) return parsePublicKey(first.body)
  if (first?.type !== packetType.secretKey) throw refused('It does not begin with a public key.')
  throw refused(
    'It is a secret key. Send the public certificate, and make a new key if others could read this one.',
  )
}

function ensureComponent(packet: Packet): Packet {
  if (packet.type === packetType.userId || packet.type === packetType.publicSubkey) return packet
  if (packet.type === packetType.publicKey)
    throw refused('There is more than one certificate; send them one by one.')
  if (packet.type === packetType.secretSubkey)
    throw refused('It holds a secret key; send the public certificate.')
  throw refused('It holds a packet other than keys, user IDs and signatures, such as a photo; remove it.')
}

function readUserId({ head, signatures }: Group): UserId {
  const packet = head?.body ?? Buffer.alloc(0)
  return { userId: packet.toString(), packet, signatures }
}

function readSubkey({ head, signatures }: Group): Subkey {
  return { key: parsePublicKey(head?.body ?? Buffer.alloc(0)), signatures }
}

// A packet and the signatures on it.
function addPieces(pieces: Buffer[], type: number, body: Buffer, signatures: readonly Signature[]): void {
  pieces.push(encodeHeader(type, body.length), body)
  for (const item of signatures) pieces.push(encodeHeader(packetType.signature, item.body.length), item.body)
}

function ensureDistinct(names: readonly string[], most: number): void {
  if (names.length > most || new Set(names).size !== names.length) {
    throw refused('It has too many user IDs or subkeys, or one of them twice.')
  }
}

function refused(reason: string): PluginError {
  return new PluginError('certificate-invalid', `This OpenPGP certificate is not accepted. ${reason}`)
}
