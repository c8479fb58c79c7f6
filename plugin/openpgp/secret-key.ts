// Certificates together with their secret keys, and how those are written to a file (RFC 9580 s5.5.3, s10.2).
import { createPrivateKey, createPublicKey } from 'node:crypto'
import { PluginError } from '../errors.js'
import type { Fingerprint } from '../ports.js'
import { parseCertificate, type Certificate } from './certificate.js'
import { generateKeyPair, publicOctets } from './key-pair.js'
import { encodeMpi, leftPad, readMpi } from './mpi.js'
import { certificateLimits, encodePacket, packetType, readPackets, type Packet } from './packets.js'
import { algorithm, encodePublicKey, keyOctets, parsePublicKey, type PublicKey } from './public-key.js'
import type { Signer } from './signing.js'

/** A certificate whose holder is here. `secrets` are 32 octets each; never to be logged. */
export interface SecretKey {
  readonly certificate: Certificate
  readonly secrets: ReadonlyMap<Fingerprint, Buffer>
}

/** Makes a key pair of one of this project's four algorithms. `now` is in milliseconds. */
export function generateKey(number: number, now: number): Signer {
  const { octets, secretOctets } = generateKeyPair(isSigning(number) ? 'Ed25519' : 'X25519')
  const body = encodePublicKey(number, Math.floor(now / 1000), octets)
  return { key: parsePublicKey(body), secret: secretOctets }
}

/** The secret half of one of its keys, for signing or opening. @throws PluginError `internal` where it is not here */
export function signerOf({ secrets }: SecretKey, key: PublicKey): Signer {
  const secret = secrets.get(key.fingerprint)
  if (secret === undefined) throw new PluginError('internal', 'The secret half of a key is missing.')
  return { key, secret }
}

/** Writes a transferable secret key, not protected by a password: whoever stores it seals it or guards the file. */
export function encodeSecretKey(secretKey: SecretKey): Buffer {
  const packets = readPackets(secretKey.certificate.octets, certificateLimits)
  return Buffer.concat(packets.map(({ type, body }) => encodeOne(secretKey, type, body)))
}

/**
 * Reads what `encodeSecretKey` wrote; also keys of other programs that have the same algorithms and no password.
 * @throws PluginError `secret-missing` when it is broken or a secret does not fit its public key
 */
export function decodeSecretKey(octets: Buffer): SecretKey {
  const packets = readPackets(octets, certificateLimits).map(readOne)
  const certificate = parseCertificate(
    Buffer.concat(packets.map(({ type, body }) => encodePacket(publicTypes.get(type) ?? type, body))),
  )
  const secrets = packets.flatMap(({ key, secret }) =>
    key && secret ? [[key.fingerprint, secret] as const] : [],
  )
  return { certificate, secrets: new Map(secrets) }
}

/** The type of each packet without its secret half. */
export const publicTypes: ReadonlyMap<number, number> = new Map<number, number>([
  [packetType.secretKey, packetType.publicKey],
  [packetType.secretSubkey, packetType.publicSubkey],
])
const secretTypes = new Map([...publicTypes].map(([secret, open]) => [open, secret]))

function encodeOne({ secrets }: SecretKey, type: number, body: Buffer): Buffer {
  const secretType = secretTypes.get(type)
  if (secretType === undefined) return encodePacket(type, body)
  const key = parsePublicKey(body)
  const secret = secrets.get(key.fingerprint)
  if (secret === undefined) throw new PluginError('internal', 'The secret half of a key is missing.')
  const material = encodeSecret(key.algorithm, secret)
  const unprotected = Buffer.of(0)
  return encodePacket(secretType, Buffer.concat([body, unprotected, material, checksum(material)]))
}

interface ReadPacket extends Packet {
  readonly key?: PublicKey
  readonly secret?: Buffer
}

function readOne(packet: Packet): ReadPacket {
  if (secretTypes.has(packet.type)) throw broken()
  if (!publicTypes.has(packet.type)) return packet
  const end = publicEnd(packet.body) ?? 0
  if (end === 0) throw broken()
  const body = packet.body.subarray(0, end)
  const material = packet.body.subarray(end + 1, -2)
  const key = parsePublicKey(body)
  const intact = packet.body[end] === 0 && checksum(material).equals(packet.body.subarray(-2))
  const secret = intact ? readSecret(key.algorithm, material) : null
  if (secret === null || !derivePublic(key.algorithm, secret).equals(keyOctets(key) ?? Buffer.alloc(0)))
    throw broken()
  return { type: packet.type, body, key, secret }
}

/** Where the secret half of a key begins. The lengths of the four kinds of public key are known; `null` for another kind. */
export function publicEnd(body: Buffer): number | null {
  const number = body[5]
  if (number === algorithm.ed25519 || number === algorithm.x25519) return 38
  if (number === algorithm.eddsaLegacy) return 51
  return number === algorithm.ecdh ? 56 : null
}

// RFC 9580 s5.5.5: the legacy curve for encryption holds its scalar clamped and in big-endian order.
function encodeSecret(number: number, secret: Buffer): Buffer {
  if (number === algorithm.ed25519 || number === algorithm.x25519) return secret
  if (number === algorithm.eddsaLegacy) return encodeMpi(secret)
  const scalar = Buffer.from(secret)
  scalar[0] = (scalar[0] ?? 0) & 0xf8
  scalar[31] = ((scalar[31] ?? 0) & 0x7f) | 0x40
  return encodeMpi(scalar.reverse())
}

function readSecret(number: number, material: Buffer): Buffer | null {
  if (number === algorithm.ed25519 || number === algorithm.x25519)
    return material.length === 32 ? material : null
  const value = readMpi(material, 0)
  if (value?.end !== material.length || value.value.length > 32) return null
  const octets = leftPad(value.value, 32)
  return number === algorithm.eddsaLegacy ? octets : octets.reverse()
}

function derivePublic(number: number, secret: Buffer): Buffer {
  // RFC 8410 s7: the fixed start of a PKCS #8 key of these two curves.
  const head = isSigning(number) ? '302e020100300506032b657004220420' : '302e020100300506032b656e04220420'
  const key = createPrivateKey({
    key: Buffer.concat([Buffer.from(head, 'hex'), secret]),
    format: 'der',
    type: 'pkcs8',
  })
  return publicOctets(createPublicKey(key))
}

function isSigning(number: number): boolean {
  return number === algorithm.eddsaLegacy || number === algorithm.ed25519
}

function checksum(material: Buffer): Buffer {
  const sum = material.reduce((total, octet) => total + octet, 0) & 0xffff
  return Buffer.of(sum >> 8, sum & 0xff)
}

function broken(): PluginError {
  return new PluginError(
    'secret-missing',
    'A secret key file is broken or has a password; restore it from a backup.',
  )
}
