// New key pairs of Ed25519 and X25519 (RFC 8032 s5.1.5, RFC 7748 s5: any 32 octets are a secret key).
import { createPrivateKey, createPublicKey, randomBytes, type KeyObject } from 'node:crypto'

export interface KeyPair {
  /** 32 octets of the public key. */
  readonly octets: Buffer
  readonly key: KeyObject
  /** 32 octets; whoever needs them no longer overwrites them. */
  readonly secretOctets: Buffer
  readonly secret: KeyObject
}

// Node wants a public key beside a secret one, and computes its own.
const passedOver = Buffer.alloc(32).toString('base64url')

/**
 * Makes a key pair. Not by `generateKeyPairSync`: the export of a key from there holds a lock for which the end of the
 * job that made it waits, and when garbage collection comes in the middle of an export, the process stands still for ever.
 */
export function generateKeyPair(curve: 'Ed25519' | 'X25519'): KeyPair {
  const secretOctets = randomBytes(32)
  const jwk = { kty: 'OKP', crv: curve, x: passedOver, d: secretOctets.toString('base64url') }
  const secret = createPrivateKey({ key: jwk, format: 'jwk' })
  const key = createPublicKey(secret)
  return { octets: publicOctets(key), key, secretOctets, secret }
}

/** The 32 octets of the public half. */
export function publicOctets(key: KeyObject): Buffer {
  return Buffer.from(key.export({ format: 'jwk' }).x ?? '', 'base64url')
}
