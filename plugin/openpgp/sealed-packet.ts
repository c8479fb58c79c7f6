// Symmetrically encrypted, integrity-protected data of version 2: AES-256 and OCB (RFC 9580 s5.13.2, PROTO s2).
import { createCipheriv, createDecipheriv, createHmac, randomBytes, type DecipherOCB } from 'node:crypto'
import { PluginError } from '../errors.js'
import { encodeHeader, readHeader } from './packet-length.js'

const packetType = 18
const saltLength = 32
const tagLength = 16
// Version 2, AES-256 (9), OCB (2), chunks of 2^(5+6) = 2,048 octets: a cell and every layer of an onion is one chunk.
const parameters = Buffer.of(2, 9, 2, 5)
const chunkLength = 2048
const associated = Buffer.concat([Buffer.of(0xc0 | packetType), parameters])

/** Octets that sealing adds to a plaintext of 108 to 2,048 octets. */
export const sealedOverhead = 3 + parameters.length + saltLength + 2 * tagLength

interface Keys {
  readonly key: Buffer
  /** Seven octets; the number of the chunk follows them in every nonce. */
  readonly nonceStart: Buffer
}

/** Seals octets under a session key of 32; every call takes a new salt, so equal plaintexts never look alike. */
export function seal(sessionKey: Buffer, plaintext: Buffer): Buffer {
  const salt = randomBytes(saltLength)
  const keys = derive(sessionKey, salt)
  const chunks = split(plaintext, chunkLength)
  const sealed = chunks.flatMap((chunk, index) => sealChunk(keys, index, associated, chunk))
  const final = sealChunk(keys, chunks.length, withLength(plaintext.length), Buffer.alloc(0))
  const length = parameters.length + saltLength + plaintext.length + (chunks.length + 1) * tagLength
  // Copied once, at the end: a cell is sealed for each that is spoken.
  return Buffer.concat([encodeHeader(packetType, length), parameters, salt, ...sealed, ...final])
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
  const dataEnd = body.end - tagLength
  if (body.end !== octets.length || dataEnd < dataStart) throw refused()
  if (!octets.subarray(body.start, saltStart).equals(parameters)) throw refused()
  const keys = derive(sessionKey, octets.subarray(saltStart, dataStart))
  return openChunks(keys, octets.subarray(dataStart, dataEnd), octets.subarray(dataEnd))
}

function openChunks(keys: Keys, data: Buffer, final: Buffer): Buffer | null {
  const chunks: Buffer[] = []
  for (const sealed of split(data, chunkLength + tagLength)) {
    const chunk = openChunk(keys, chunks.length, associated, sealed)
    if (chunk === null) return null
    chunks.push(chunk)
  }
  const plaintext = chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)
  // The tag over the total length: without it a message could be cut at the end of a chunk.
  return openChunk(keys, chunks.length, withLength(plaintext.length), final) && plaintext
}

// RFC 9580 s5.13.2: HKDF-SHA256 gives 32 octets of key and 7 of nonce; here as the HMAC calls that it consists of, which
// cost half of the library's HKDF.
function derive(sessionKey: Buffer, salt: Buffer): Keys {
  const secret = createHmac('sha256', salt).update(sessionKey).digest()
  const key = createHmac('sha256', secret).update(associated).update(Buffer.of(1)).digest()
  const rest = createHmac('sha256', secret).update(key).update(associated).update(Buffer.of(2)).digest()
  return { key, nonceStart: rest.subarray(0, 7) }
}

function sealChunk({ key, nonceStart }: Keys, index: number, additional: Buffer, chunk: Buffer): Buffer[] {
  const cipher = createCipheriv('aes-256-ocb', key, nonce(nonceStart, index), { authTagLength: tagLength })
  cipher.setAAD(additional)
  return [cipher.update(chunk), cipher.final(), cipher.getAuthTag()]
}

function openChunk(
  { key, nonceStart }: Keys,
  index: number,
  additional: Buffer,
  sealed: Buffer,
): Buffer | null {
  if (sealed.length < tagLength) throw refused()
  const decipher = createDecipheriv('aes-256-ocb', key, nonce(nonceStart, index), {
    authTagLength: tagLength,
  })
  decipher.setAAD(additional)
  decipher.setAuthTag(sealed.subarray(-tagLength))
  return finished(decipher, sealed.subarray(0, -tagLength))
}

function finished(decipher: DecipherOCB, ciphertext: Buffer): Buffer | null {
  try {
    return Buffer.concat([decipher.update(ciphertext), decipher.final()])
  } catch {
    return null // the tag is wrong: not sealed under this key, or changed
  }
}

function nonce(start: Buffer, index: number): Buffer {
  const octets = Buffer.alloc(15)
  start.copy(octets)
  octets.writeUInt32BE(index, 11)
  return octets
}

function withLength(length: number): Buffer {
  const total = Buffer.alloc(8)
  total.writeUInt32BE(length, 4)
  return Buffer.concat([associated, total])
}

function split(octets: Buffer, length: number): Buffer[] {
  if (octets.length <= length) return [octets]
  return Array.from({ length: Math.ceil(octets.length / length) }, (_, index) =>
    octets.subarray(index * length, (index + 1) * length),
  )
}

function refused(): PluginError {
  return new PluginError('bad-format', 'A sealed packet is not in the one accepted form.')
}
