// Builds an onion along a route, innermost layer first (PROTO s5).
import { PluginError } from '../errors.js'
import { wrapLayer, type WrappingKey } from '../openpgp/index.js'
import type { Fingerprint, Random } from '../ports.js'
import { tagLength, type TaggedOnion } from './cell.js'
import { encodeContents, encodeTaggedContents, speakOverhead, type Contents } from './contents.js'
import { capacity, lengthChoices, longerThan } from './onion-length.js'

/** A server on a route: who it is and its routing key of the day. */
export interface Hop {
  readonly server: Fingerprint
  readonly key: WrappingKey
  /** Of the last hop only: the tag by which the server finds that key, one of many (PROTO s5.2). */
  readonly tag?: Buffer
}

/** Fewest and most servers of a route. */
export const shortestRoute = 2
export const longestRoute = 4

/**
 * Wraps contents for the last hop of a route and `forward` layers for the others.
 * @param route two to four hops, the first to open stands first
 * @param room layers that must still fit around the onion
 * @throws PluginError `message-too-long` with the number of octets that are too many
 */
export function buildOnion(route: readonly Hop[], contents: Contents, random: Random, room = 0): TaggedOnion {
  const tag = route.at(-1)?.tag
  const octets = tag ? encodeTaggedContents(contents, tag) : encodeContents(contents)
  const lengths = pickLengths(route.length + room, octets.length, random)
  const last = lengths[0] ?? 0
  const filled = Buffer.concat([octets, Buffer.alloc(capacity(last) - octets.length)])
  return route.reduceRight<TaggedOnion | null>((inner, hop, position) => {
    const length = lengths[route.length - 1 - position] ?? 0
    const next = route[position + 1]
    const inside = inner && next ? encodeContents({ kind: 'forward', next: next.server, inner }) : filled
    return { tag: hop.tag ?? random.octets(tagLength), onion: wrapLayer(inside, hop.key, length) }
  }, null) as TaggedOnion
}

/**
 * Adds an extra hop: a `speak` layer under a context's key, restored to one of the four lengths.
 * @returns `null` when the onion has the longest length already
 */
export function addExtraHop(inner: TaggedOnion, contextKey: WrappingKey, random: Random): TaggedOnion | null {
  const length = longerThan(inner.onion.length)
  if (length === null || capacity(length) < speakOverhead + inner.onion.length) return null
  return {
    tag: random.octets(tagLength),
    onion: wrapLayer(encodeContents({ kind: 'speak', inner }), contextKey, length),
  }
}

/** Octets of contents that fit at the end of a route of that many servers. */
export function longestContents(hops: number): number {
  return Math.max(...lengthChoices(hops, 0).map(([innermost = 0]) => capacity(innermost)))
}

function pickLengths(hops: number, contents: number, random: Random): number[] {
  const choices = lengthChoices(hops, contents)
  const chosen = choices[choices.length > 0 ? random.below(choices.length) : 0]
  if (chosen) return chosen
  const excess = contents - longestContents(hops)
  throw new PluginError(
    'message-too-long',
    `The message is ${String(excess)} octets too long for one cell on this route. Send it in shorter parts.`,
  )
}
