// X25519 keys and the session key that is wrapped to one (RFC 9580 s5.1.6; RFC 7748; RFC 3394).
import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  type KeyObject,
} from 'node:crypto'
import { PluginError } from '../errors.js'
import { generateKeyPair, publicOctets } from './key-pair.js'

/** A key to which onion layers are wrapped. `octets` are the 32 of the public key. */
export interface WrappingKey {
  readonly octets: Buffer
  readonly key: KeyObject
}

/** The secret half, held by the key's owner. */
export interface UnwrappingKey extends WrappingKey {
  readonly secret: KeyObject
}

const wrapInitial = Buffer.alloc(8, 0xa6) // RFC 3394 s2.2.3.1

// Importing as JWK takes 6 us, as DER 82 us (Node 20), and every trial opening imports one key.
const asJwk = (x: Buffer) => ({ kty: 'OKP', crv: 'X25519', x: x.toString('base64url') })

/** Reads 32 octets of a public key. */
export function wrappingKey(octets: Buffer): WrappingKey {
  return { octets, key: createPublicKey({ key: asJwk(octets), format: 'jwk' }) }
}

/**
 * Reads 32 octets of a public key that somebody else published and that is to be wrapped to.
 * @throws PluginError `bad-format` for one of small order, with which there is no secret (RFC 7748 s6.1)
 */
export function usableWrappingKey(octets: Buffer): WrappingKey {
  const read = wrappingKey(octets)
  try {
    sharedSecret(probe.secret, read)
    return read
  } catch (cause) {
    throw new PluginError('bad-format', 'A published key can not be used; its owner must make another.', {
      cause,
    })
  }
}

/** Reads the 32 octets each of a key pair, as stored. */
export function unwrappingKey(octets: Buffer, secret: Buffer): UnwrappingKey {
  const jwk = { ...asJwk(octets), d: secret.toString('base64url') }
  return { ...wrappingKey(octets), secret: createPrivateKey({ key: jwk, format: 'jwk' }) }
}

/** The key pair of a secret half, 32 octets. */
export function unwrappingKeyOf(secret: Buffer): UnwrappingKey {
  // Node computes the public half by itself, whatever is said of it.
  const key = unwrappingKey(secret, secret).secret
  return unwrappingKey(publicOctets(createPublicKey(key)), secret)
}

export function generateUnwrappingKey(): UnwrappingKey {
  const { octets, key, secret } = generateKeyPair('X25519')
  return { octets, key, secret }
}

const probe = generateUnwrappingKey()

/** The 32 octets of the secret half, for sealed storage. */
export function secretOctets(key: UnwrappingKey): Buffer {
  return Buffer.from(key.secret.export({ format: 'jwk' }).d ?? '', 'base64url')
}

/** The secret that only the two holders of a key half can compute. */
export function sharedSecret(secret: KeyObject, other: WrappingKey): Buffer {
  return diffieHellman({ privateKey: secret, publicKey: other.key })
}

/** Wraps a session key under the key that `ephemeral`, `recipient` and their shared secret give. */
export function wrapSessionKey(
  sessionKey: Buffer,
  ephemeral: Buffer,
  recipient: Buffer,
  shared: Buffer,
): Buffer {
  const cipher = createCipheriv('id-aes128-wrap', wrappingSecret(ephemeral, recipient, shared), wrapInitial)
  return Buffer.concat([cipher.update(sessionKey), cipher.final()])
}

/** @returns `null` when it was wrapped for another key */
export function unwrapSessionKey(
  wrapped: Buffer,
  ephemeral: Buffer,
  recipient: Buffer,
  shared: Buffer,
): Buffer | null {
  const decipher = createDecipheriv(
    'id-aes128-wrap',
    wrappingSecret(ephemeral, recipient, shared),
    wrapInitial,
  )
  try {
    return Buffer.concat([decipher.update(wrapped), decipher.final()])
  } catch {
    return null // the integrity check of RFC 3394: another's key
  }
}

// RFC 9580 s5.1.6: HKDF-SHA256 without salt, 16 octets: one HMAC to extract, one to expand.
function wrappingSecret(ephemeral: Buffer, recipient: Buffer, shared: Buffer): Buffer {
  const extract = createHmac('sha256', Buffer.alloc(32))
    .update(ephemeral)
    .update(recipient)
    .update(shared)
    .digest()
  const expand = createHmac('sha256', extract).update('OpenPGP X25519').update(Buffer.of(1)).digest()
  return expand.subarray(0, 16)
}
