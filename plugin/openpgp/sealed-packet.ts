// Symmetrically encrypted, integrity-protected data of version 2: AES-256, OCB, one chunk (RFC 9580 s5.13.2, PROTO s2).
import { createCipheriv, createDecipheriv, createHmac, randomBytes, type DecipherOCB } from 'node:crypto'
import { PluginError } from '../errors.js'
import { encodeHeader, readHeader } from './packet-length.js'

const packetType = 18
const saltLength = 32
const tagLength = 16
// Version 2, AES-256 (9), OCB (2), chunks of 2^(5+6) octets: no cell holds more, so there is always exactly one.
const parameters = Buffer.of(2, 9, 2, 5)
const associated = Buffer.concat([Buffer.of(0xc0 | packetType), parameters])
const bodyOverhead = parameters.length + saltLength + 2 * tagLength
const chunk = 2048

/** Octets that sealing adds to a plaintext whose sealed body is 192 octets or longer. */
export const sealedOverhead = 3 + bodyOverhead

/**
 * Seals octets under a session key of 32 octets; every call takes a new salt, so equal plaintexts never look alike.
 * @throws RangeError for more than one chunk, which is a mistake of the caller
 */
export function seal(sessionKey: Buffer, plaintext: Buffer): Buffer {
  if (plaintext.length > chunk) throw new RangeError('A sealed packet holds at most one chunk.')
  const salt = randomBytes(saltLength)
  const { key, nonce } = derive(sessionKey, salt)
  const data = createCipheriv('aes-256-ocb', key, nonce, { authTagLength: tagLength })
  data.setAAD(associated)
  const ciphertext = [data.update(plaintext), data.final(), data.getAuthTag()]
  const header = encodeHeader(packetType, bodyOverhead + plaintext.length)
  return Buffer.concat([header, parameters, salt, ...ciphertext, finalTag(key, nonce, plaintext.length)])
}

/**
 * Opens the sealed packet that starts at `start` and ends with the octets.
 * @returns `null` when it was not sealed under this key, or was changed: nothing tells the two apart
 * @throws PluginError `bad-format` when it is no such packet at all
 */
export function unseal(sessionKey: Buffer, octets: Buffer, start = 0): Buffer | null {
  const body = readHeader(octets, start, packetType)
  const saltStart = body.start + parameters.length
  const dataStart = saltStart + saltLength
  const dataEnd = body.end - 2 * tagLength
  if (body.end !== octets.length || dataEnd < dataStart || dataEnd - dataStart > chunk) throw refused()
  if (!octets.subarray(body.start, saltStart).equals(parameters)) throw refused()
  const { key, nonce } = derive(sessionKey, octets.subarray(saltStart, dataStart))
  const plaintext = openChunk(key, nonce, octets.subarray(dataStart, dataEnd + tagLength))
  if (plaintext === null || !isFinalTag(key, nonce, plaintext.length, octets.subarray(-tagLength)))
    return null
  return plaintext
}

// RFC 9580 s5.13.2: HKDF-SHA256 over the session key gives 32 octets of key and 7 of nonce; here two HMAC calls of
// its expand step, which costs half of the library's HKDF.
function derive(sessionKey: Buffer, salt: Buffer): { key: Buffer; nonce: Buffer } {
  const secret = createHmac('sha256', salt).update(sessionKey).digest()
  const key = createHmac('sha256', secret).update(associated).update(Buffer.of(1)).digest()
  const rest = createHmac('sha256', secret).update(key).update(associated).update(Buffer.of(2)).digest()
  const nonce = Buffer.alloc(15)
  rest.copy(nonce, 0, 0, 7)
  return { key, nonce }
}

function openChunk(key: Buffer, nonce: Buffer, chunkAndTag: Buffer): Buffer | null {
  const decipher = createDecipheriv('aes-256-ocb', key, nonce, { authTagLength: tagLength })
  decipher.setAAD(associated)
  decipher.setAuthTag(chunkAndTag.subarray(-tagLength))
  return finished(decipher, chunkAndTag.subarray(0, -tagLength))
}

// The tag over the total length: without it a message could be cut at a chunk's end.
function finalTag(key: Buffer, nonce: Buffer, length: number): Buffer {
  const cipher = createCipheriv('aes-256-ocb', key, lastNonce(nonce), { authTagLength: tagLength })
  cipher.setAAD(lengthAssociated(length))
  cipher.final()
  return cipher.getAuthTag()
}

function isFinalTag(key: Buffer, nonce: Buffer, length: number, tag: Buffer): boolean {
  const decipher = createDecipheriv('aes-256-ocb', key, lastNonce(nonce), { authTagLength: tagLength })
  decipher.setAAD(lengthAssociated(length))
  decipher.setAuthTag(tag)
  return finished(decipher, Buffer.alloc(0)) !== null
}

function lastNonce(nonce: Buffer): Buffer {
  const last = Buffer.from(nonce)
  last[14] = 1
  return last
}

function lengthAssociated(length: number): Buffer {
  const total = Buffer.alloc(8)
  total.writeUInt32BE(length, 4)
  return Buffer.concat([associated, total])
}

function finished(decipher: DecipherOCB, ciphertext: Buffer): Buffer | null {
  try {
    return Buffer.concat([decipher.update(ciphertext), decipher.final()])
  } catch {
    return null // the tag is wrong: not sealed under this key, or changed
  }
}

function refused(): PluginError {
  return new PluginError('bad-format', 'A sealed packet is not in the one accepted form.')
}
