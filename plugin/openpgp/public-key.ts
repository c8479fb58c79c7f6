// Public key packets, version 4 (RFC 9580 s5.5.2, s5.5.4, s5.5.5); Ed25519 and X25519 keys are read and written here.
import { hash } from 'node:crypto'
import { PluginError } from '../errors.js'
import type { Fingerprint } from '../ports.js'
import { encodeMpi, readMpi } from './mpi.js'

/** Public-key algorithms by their registered numbers (RFC 9580 s9.1). */
export const algorithm = { rsa: 1, ecdh: 18, eddsaLegacy: 22, x25519: 25, ed25519: 27 } as const

/** A public key packet. `created` is in seconds. */
export interface PublicKey {
  readonly body: Buffer
  /** What a signature hashes of it (RFC 9580 s5.2.4). */
  readonly hashed: Buffer
  readonly created: number
  readonly algorithm: number
  readonly fingerprint: Fingerprint
  /** The last 16 digits of the fingerprint. Key IDs can collide: only a hint which key to try. */
  readonly keyId: string
}

const ed25519Oid = Buffer.from('092b06010401da470f01', 'hex')
const curve25519Oid = Buffer.from('0a2b060104019755010501', 'hex')
// RFC 9580 s11.5: SHA-256 and AES-128, which is what every OX client has for this curve.
const ecdhParameters = Buffer.from('03010807', 'hex')
const nativeForm = Buffer.of(0x40) // RFC 9580 s11.2.2
const leastRsaOctets = 256

/**
 * Reads the body of a public key or subkey packet.
 * @throws PluginError `certificate-invalid` for another version or a weak key, `bad-format` for a broken packet
 */
export function parsePublicKey(body: Buffer): PublicKey {
  if (body.length < 7) throw new PluginError('bad-format', 'A key packet is cut off.')
  if (body[0] !== 4) throw new PluginError('certificate-invalid', 'Only keys of version 4 are supported.')
  const hashed = Buffer.concat([Buffer.of(0x99, body.length >> 8, body.length & 0xff), body])
  const fingerprint = fingerprintOf(hashed)
  const number = body[5] ?? 0
  if (number <= 3 && (readMpi(body, 6)?.value.length ?? 0) < leastRsaOctets) {
    throw new PluginError('certificate-invalid', 'The RSA key is too short; use 2048 bits or more.')
  }
  return {
    body,
    hashed,
    created: body.readUInt32BE(1),
    algorithm: number,
    fingerprint,
    keyId: fingerprint.slice(-16),
  }
}

/** Writes the body of a key packet from the 32 octets of a key of this project. `created` is in seconds. */
export function encodePublicKey(number: number, created: number, octets: Buffer): Buffer {
  const head = Buffer.alloc(6)
  head[0] = 4
  head.writeUInt32BE(created, 1)
  head[5] = number
  return Buffer.concat([head, encodeKeyMaterial(number, octets)])
}

/** The 32 octets of an Ed25519, X25519 or Curve25519 key, or `null` for any other kind. */
export function keyOctets(key: PublicKey): Buffer | null {
  const material = key.body.subarray(6)
  if (key.algorithm === algorithm.ed25519 || key.algorithm === algorithm.x25519) {
    return material.length === 32 ? material : null
  }
  if (key.algorithm === algorithm.eddsaLegacy) return nativePoint(material, ed25519Oid, 0)
  if (key.algorithm === algorithm.ecdh) return nativePoint(material, curve25519Oid, ecdhParameters.length)
  return null
}

/** The size of a key in bits as programs show it, `null` where it would have to be known by the curve. */
export function bitsOf({ algorithm: number, body }: PublicKey): number | null {
  // RFC 9580 s5.5.5.1, s5.5.5.2: the material begins with the modulus, of RSA (up to 3) and of DSA (17).
  if (number <= 3 || number === 17) return body.length < 8 ? null : body.readUInt16BE(6)
  return number === algorithm.eddsaLegacy || number === algorithm.ed25519 ? 256 : null
}

// RFC 9580 s5.5.4.2: it is of the same octets.
function fingerprintOf(hashed: Buffer): Fingerprint {
  return `04${hash('sha1', hashed)}` as Fingerprint
}

function encodeKeyMaterial(number: number, octets: Buffer): Buffer {
  if (number === algorithm.ed25519 || number === algorithm.x25519) return octets
  const point = encodeMpi(Buffer.concat([nativeForm, octets]))
  if (number === algorithm.eddsaLegacy) return Buffer.concat([ed25519Oid, point])
  return Buffer.concat([curve25519Oid, point, ecdhParameters])
}

function nativePoint(material: Buffer, oid: Buffer, after: number): Buffer | null {
  if (!material.subarray(0, oid.length).equals(oid)) return null
  const point = readMpi(material, oid.length)
  const fits = point?.value.length === 33 && point.value[0] === 0x40 && point.end + after === material.length
  return fits ? point.value.subarray(1) : null
}
