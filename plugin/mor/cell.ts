// The cell: what a speaker says, always 2,048 octets under the context's link key (PROTO s4).
import { randomFillSync } from 'node:crypto'
import { layerEnd, seal, unseal } from '../openpgp/index.js'
import { PluginError } from '../errors.js'

/** Octets of a cell; the one size of protocol version 1. */
export const cellLength = 2048
/** Characters of a cell as a frame. */
const frameLength = 2732
/** Octets of a tag. */
export const tagLength = 16
/** The longest onion that a cell holds. */
export const longestOnion = 1951

const onionKind = 0x11 // protocol version 1 in the high half
const coverKind = 0x10
// A literal packet with a body of 1,974 octets: binary, no name, date 0 (RFC 9580 s5.9); its header is the same in every cell.
const literalStart = Buffer.from('cbc6f6620000000000', 'hex')
const onionStart = literalStart.length + 1 + tagLength
const plaintextLength = 3 + 1974

/** An onion with the tag by which an owner of many keys finds it. */
export interface TaggedOnion {
  readonly tag: Buffer
  readonly onion: Buffer
}

/** Seals an onion into a frame, afresh each time, so that nobody without the link key sees the same one twice. */
export function sealOnion(linkKey: Buffer, { tag, onion }: TaggedOnion): string {
  return sealCell(linkKey, onionKind, [tag, onion])
}

/** Seals nothing into a frame that looks like any other. */
export function sealCover(linkKey: Buffer): string {
  return sealCell(linkKey, coverKind, [])
}

/**
 * Decodes the text form: canonical base64 of exactly one cell.
 * @throws PluginError `bad-format`
 */
export function parseFrame(frame: string): Buffer {
  if (frame.length !== frameLength) throw refused()
  const cell = Buffer.from(frame, 'base64')
  if (cell.length !== cellLength || cell.toString('base64') !== frame) throw refused()
  return cell
}

/**
 * Opens a cell.
 * @returns `null` when it is not sealed under this link key; `'cover'`; or the onion it carries
 * @throws PluginError `bad-format` when it is no cell, or a member sealed something else
 */
export function openCell(linkKey: Buffer, cell: Buffer): TaggedOnion | 'cover' | null {
  const plaintext = unseal(linkKey, cell)
  if (plaintext === null) return null
  if (
    plaintext.length !== plaintextLength ||
    !plaintext.subarray(0, literalStart.length).equals(literalStart)
  )
    throw refused()
  const kind = plaintext[literalStart.length]
  if (kind === coverKind) return 'cover'
  if (kind !== onionKind) throw refused()
  const rest = plaintext.subarray(onionStart)
  return {
    tag: plaintext.subarray(onionStart - tagLength, onionStart),
    onion: rest.subarray(0, layerEnd(rest)),
  }
}

function sealCell(linkKey: Buffer, kind: number, contents: readonly Buffer[]): string {
  const parts = [literalStart, Buffer.of(kind), ...contents]
  const used = parts.reduce((octets, part) => octets + part.length, 0)
  if (used > plaintextLength) throw new RangeError('The onion does not fit into a cell.')
  const plaintext = randomFillSync(Buffer.concat(parts, plaintextLength), used)
  return seal(linkKey, plaintext).toString('base64')
}

function refused(): PluginError {
  return new PluginError('bad-format', 'A cell is not in the one accepted form.')
}
