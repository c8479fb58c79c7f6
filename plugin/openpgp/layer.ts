// The onion layer: one PKESK v6 without recipient, one SEIPD v2, nothing else (RFC 9580 s5.1.2, s5.13.2; PROTO s3).
import { randomBytes } from 'node:crypto'
import { PluginError } from '../errors.js'
import { encodeHeader, readHeader } from './packet-length.js'
import { seal, sealedOverhead, unseal } from './sealed-packet.js'
import {
  generateUnwrappingKey,
  sharedSecret,
  unwrapSessionKey,
  wrappingKey,
  wrapSessionKey,
  type UnwrappingKey,
  type WrappingKey,
} from './x25519.js'

const literalType = 11
const paddingType = 21
// Version 6, no recipient (length 0), X25519 (25); the octet 40 stands before the wrapped session key.
const sessionKeyHeader = Buffer.concat([encodeHeader(1, 76), Buffer.of(6, 0, 25)])
const ephemeralStart = sessionKeyHeader.length
const wrappedStart = ephemeralStart + 32 + 1
const sessionKeyLength = wrappedStart + 40
// Binary, no name, date 0: a real date would tell every hop the sender's clock (RFC 9580 s5.9).
const literalStart = Buffer.from([0x62, 0, 0, 0, 0, 0])

const statementStep = 1024
// Literal and padding headers of a long statement, and so much padding that its packet always has a shortest form.
const longestFraming = 6 + literalStart.length + 3 + 192

/** Octets that a layer adds to contents of 186 octets or more when its padding is empty. */
export const layerOverhead = sessionKeyLength + sealedOverhead + 3 + literalStart.length + 2

/** What a layer held, and the shared secret by which a replay of it is known. */
export interface OpenedLayer {
  readonly contents: Buffer
  readonly secret: Buffer
}

/**
 * Wraps contents for the owner of a key, padded so that the layer has exactly `length` octets.
 * @throws RangeError when the contents do not fit or need a padding packet of 194 octets, a mistake of the caller
 */
export function wrapLayer(contents: Buffer, recipient: WrappingKey, length: number): Buffer {
  return wrap(pad(contents, length - sessionKeyLength - sealedOverhead), recipient)
}

/** Wraps contents of any length, padded to a multiple of 1,024 octets: for statements, which go into no cell. */
export function wrapStatement(contents: Buffer, recipient: WrappingKey): Buffer {
  const length = contents.length + longestFraming
  return wrap(pad(contents, Math.ceil(length / statementStep) * statementStep), recipient)
}

function wrap(plaintext: Buffer, recipient: WrappingKey): Buffer {
  const ephemeral = generateUnwrappingKey()
  const shared = sharedSecret(ephemeral.secret, recipient)
  const sessionKey = randomBytes(32)
  const wrapped = wrapSessionKey(sessionKey, ephemeral.octets, recipient.octets, shared)
  return Buffer.concat([
    sessionKeyHeader,
    ephemeral.octets,
    Buffer.of(40),
    wrapped,
    seal(sessionKey, plaintext),
  ])
}

/**
 * Tries to open a layer with one key.
 * @returns `null` when it is wrapped for another key
 * @throws PluginError `bad-format` when it is no layer, or is for this key and broken
 */
export function openLayer(layer: Buffer, key: UnwrappingKey): OpenedLayer | null {
  return readLayer(layer)(key)
}

/**
 * Reads a layer on which several keys are to be tried; what it returns tries one, as `openLayer` does.
 * @throws PluginError `bad-format` when it is no layer
 */
export function readLayer(layer: Buffer): (key: UnwrappingKey) => OpenedLayer | null {
  ensureLayer(layer)
  const ephemeral = wrappingKey(layer.subarray(ephemeralStart, ephemeralStart + 32))
  const wrapped = layer.subarray(wrappedStart, sessionKeyLength)
  return key => {
    const shared = agree(key, ephemeral)
    const sessionKey = unwrapSessionKey(wrapped, ephemeral.octets, key.octets, shared)
    if (sessionKey === null) return null
    const plaintext = unseal(sessionKey, layer, sessionKeyLength)
    if (plaintext === null) throw refused()
    return { contents: unpad(plaintext), secret: shared }
  }
}

/**
 * Where the layer that starts the octets ends.
 * @throws PluginError `bad-format` when none does
 */
export function layerEnd(octets: Buffer): number {
  ensureStart(octets)
  return readHeader(octets, sessionKeyLength, 18).end
}

/** @throws PluginError `bad-format` unless the octets are exactly one layer by their form */
export function ensureLayer(octets: Buffer): void {
  if (layerEnd(octets) !== octets.length) throw refused()
}

function ensureStart(octets: Buffer): void {
  const start = octets.subarray(0, ephemeralStart)
  if (!start.equals(sessionKeyHeader) || octets[wrappedStart - 1] !== 40) throw refused()
}

// A public key of small order makes OpenSSL throw instead of giving an all-zero secret (RFC 7748 s6.1).
function agree(key: UnwrappingKey, ephemeral: WrappingKey): Buffer {
  try {
    return sharedSecret(key.secret, ephemeral)
  } catch (cause) {
    throw new PluginError('bad-format', 'A layer has an unusable ephemeral key.', { cause })
  }
}

function pad(contents: Buffer, length: number): Buffer {
  const body = literalStart.length + contents.length
  const literal = Buffer.concat([encodeHeader(literalType, body), literalStart, contents])
  const padding = paddingLength(length - literal.length)
  return Buffer.concat([literal, encodeHeader(paddingType, padding), randomBytes(padding)])
}

// Two header octets up to 191 of padding, three from 192 on: a packet of 194 octets has no shortest form.
function paddingLength(packet: number): number {
  if (packet < 2 || packet === 194) throw new RangeError('The contents can not be padded to this length.')
  return packet < 194 ? packet - 2 : packet - 3
}

function unpad(plaintext: Buffer): Buffer {
  const literal = readHeader(plaintext, 0, literalType)
  const contents = literal.start + literalStart.length
  if (!plaintext.subarray(literal.start, contents).equals(literalStart)) throw refused()
  if (readHeader(plaintext, literal.end, paddingType).end !== plaintext.length) throw refused()
  return plaintext.subarray(contents, literal.end)
}

function refused(): PluginError {
  return new PluginError('bad-format', 'A layer is not in the one accepted form.')
}
