// The calls of node:crypto that cells and layers cannot do without, on octets of the same lengths, and nothing around
// them (RFC 9580 s5.1.6, s5.13.2; RFC 3394).
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  randomBytes,
  type KeyObject,
} from 'node:crypto'

const key = randomBytes(32)
const shortKey = key.subarray(0, 16)
const nonce = randomBytes(15)
const associated = randomBytes(5)
const withLength = randomBytes(13)
const empty = Buffer.alloc(0)
const wrapInitial = Buffer.alloc(8, 0xa6)
const tagLength = 16
const own = generateKeyPairSync('x25519')
const jwk = own.publicKey.export({ format: 'jwk' })

/** Octets that one chunk seals to, with its tag, and those of the final tag. */
export interface Sealed {
  readonly chunk: Buffer
  readonly final: Buffer
}

/** Seals one chunk and the final tag under keys that come from a fresh salt. */
export function sealChunks(plaintext: Buffer): Sealed {
  deriveKeys(randomBytes(32))
  return { chunk: sealOne(plaintext, associated), final: sealOne(empty, withLength) }
}

export function openChunks({ chunk, final }: Sealed): void {
  deriveKeys(key)
  openOne(chunk, associated)
  openOne(final, withLength)
}

/** Reads an ephemeral key as it comes in a layer. */
export function importEphemeral(): KeyObject {
  return createPublicKey({ key: jwk, format: 'jwk' })
}

/** Tries one key on a layer that is for somebody else. */
export function tryKey(ephemeral: KeyObject): void {
  wrappingSecret(ephemeral)
  const decipher = createDecipheriv('id-aes128-wrap', shortKey, wrapInitial)
  try {
    decipher.update(foreignKey)
    decipher.final()
  } catch {
    return // as every such trial ends
  }
  throw new Error('A session key that nobody wrapped was unwrapped.')
}

const foreignKey = randomBytes(40)
const wrappedKey = wrap()

/** What opening a layer takes before its chunks. */
export function unwrapSessionKey(ephemeral: KeyObject): void {
  wrappingSecret(ephemeral)
  const decipher = createDecipheriv('id-aes128-wrap', shortKey, wrapInitial)
  decipher.update(wrappedKey)
  decipher.final()
}

/** What building a layer takes before its chunks. */
export function wrapSessionKey(): void {
  const ephemeral = generateKeyPairSync('x25519')
  wrappingSecret(ephemeral.publicKey)
  randomBytes(32)
  wrap()
}

export function hash(octets: Buffer): Buffer {
  return createHash('sha256').update(octets).digest()
}

function wrappingSecret(ephemeral: KeyObject): void {
  const shared = diffieHellman({ privateKey: own.privateKey, publicKey: ephemeral })
  hmac(key, shared)
  hmac(key, associated)
}

function wrap(): Buffer {
  const cipher = createCipheriv('id-aes128-wrap', shortKey, wrapInitial)
  return Buffer.concat([cipher.update(key), cipher.final()])
}

function deriveKeys(salt: Buffer): void {
  hmac(salt, key)
  hmac(key, associated)
  hmac(key, withLength)
}

function hmac(secret: Buffer, octets: Buffer): void {
  createHmac('sha256', secret).update(octets).digest()
}

function sealOne(plaintext: Buffer, additional: Buffer): Buffer {
  const cipher = createCipheriv('aes-256-ocb', key, nonce, { authTagLength: tagLength })
  cipher.setAAD(additional)
  return Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()])
}

function openOne(sealed: Buffer, additional: Buffer): void {
  const decipher = createDecipheriv('aes-256-ocb', key, nonce, { authTagLength: tagLength })
  decipher.setAAD(additional)
  decipher.setAuthTag(sealed.subarray(-tagLength))
  decipher.update(sealed.subarray(0, -tagLength))
  decipher.final()
}
