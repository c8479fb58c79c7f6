// What a layer says once it is opened: forward, speak, deliver, loop or drop (PROTO s5).
import { ensureLayer } from '../openpgp/index.js'
import { PluginError } from '../errors.js'
import type { Fingerprint } from '../ports.js'
import { tagLength, type TaggedOnion } from './cell.js'
import { ensureOnionLength } from './onion-length.js'

/** Opened by a server: bring the inner onion nearer to the next server. */
export interface Forward {
  readonly kind: 'forward'
  readonly next: Fingerprint
  readonly inner: TaggedOnion
}

/** Opened by the speaker of a context, an extra hop: speak the inner onion there. */
export interface Speak {
  readonly kind: 'speak'
  readonly inner: TaggedOnion
}

/** Opened at the end of a route; `parcel` is a delivery's business, with zeros behind it up to the layer's length. */
export interface Deliver {
  readonly kind: 'deliver'
  readonly parcel: Buffer
}

/** Cover that its sender knows again. */
export interface Loop {
  readonly kind: 'loop'
  readonly id: Buffer
}

/** Cover that ends here. */
export interface Drop {
  readonly kind: 'drop'
}

export type Contents = Forward | Speak | Deliver | Loop | Drop

const kinds = { forward: 0x11, speak: 0x12, deliver: 0x13, loop: 0x14, drop: 0x15 } as const
const tagged = 0x80
const fingerprintLength = 21
const idLength = 16

/** Octets before the inner onion in `speak`. */
export const speakOverhead = 1 + tagLength

/** Encodes contents for an owner that is found by trial. */
export function encodeContents(contents: Contents): Buffer {
  return Buffer.concat([Buffer.of(kinds[contents.kind]), ...fields(contents)])
}

/** Encodes contents for an owner that is found by its tag, which is repeated inside. */
export function encodeTaggedContents(contents: Contents, tag: Buffer): Buffer {
  return Buffer.concat([Buffer.of(kinds[contents.kind] | tagged), tag, ...fields(contents)])
}

/**
 * Parses what a layer held. `tag` is the one under which its owner was found, `null` for an owner found by trial.
 * @throws PluginError `bad-format`
 */
export function parseContents(octets: Buffer, tag: Buffer | null): Contents {
  const first = octets[0] ?? 0
  if ((tag === null) === ((first & tagged) !== 0)) throw refused()
  const start = tag === null ? 1 : 1 + tagLength
  if (tag !== null && !octets.subarray(1, start).equals(tag)) throw refused()
  return parseFields(first & ~tagged, octets.subarray(start))
}

function fields(contents: Contents): Buffer[] {
  switch (contents.kind) {
    case 'forward':
      return [Buffer.from(contents.next, 'hex'), contents.inner.tag, contents.inner.onion]
    case 'speak':
      return [contents.inner.tag, contents.inner.onion]
    case 'deliver':
      return [contents.parcel]
    case 'loop':
      return [contents.id]
    case 'drop':
      return []
  }
}

function parseFields(kind: number, octets: Buffer): Contents {
  switch (kind) {
    case kinds.forward: {
      const next = octets.subarray(0, fingerprintLength).toString('hex') as Fingerprint
      return { kind: 'forward', next, inner: parseInner(octets.subarray(fingerprintLength)) }
    }
    case kinds.speak:
      return { kind: 'speak', inner: parseInner(octets) }
    case kinds.deliver:
      return { kind: 'deliver', parcel: octets }
    case kinds.loop:
      if (octets.length < idLength) throw refused()
      ensureZeros(octets.subarray(idLength))
      return { kind: 'loop', id: octets.subarray(0, idLength) }
    case kinds.drop:
      ensureZeros(octets)
      return { kind: 'drop' }
    default:
      throw refused()
  }
}

function parseInner(octets: Buffer): TaggedOnion {
  const onion = octets.subarray(tagLength)
  ensureOnionLength(onion.length)
  ensureLayer(onion)
  return { tag: octets.subarray(0, tagLength), onion }
}

/** @throws PluginError `bad-format` unless all octets are zero, as everything behind the last field must be */
export function ensureZeros(octets: Buffer): void {
  if (octets.some(octet => octet !== 0)) throw refused()
}

function refused(): PluginError {
  return new PluginError('bad-format', 'The contents of a layer are not in the one accepted form.')
}
