// What a listener of a small, busy network hears: each onion from two neighbours, some cover, every fifth onion its own.
import { randomBytes } from 'node:crypto'
import { sealCover, sealOnion, type TaggedOnion } from '../../plugin/mor/cell.js'
import { encodeContents } from '../../plugin/mor/contents.js'
import { capacity, onionLengths } from '../../plugin/mor/onion-length.js'
import { generateUnwrappingKey, wrapLayer, type WrappingKey } from '../../plugin/openpgp/index.js'
import type { ListenerKeys } from './listener-rig.js'

/** The frames of one interval, one from each neighbour. */
export type Tick = readonly string[]

const [shortest, second, third] = onionLengths
const foreignKey = generateUnwrappingKey()

/** Six intervals with two frames each. */
export interface Corpus {
  readonly ticks: readonly Tick[]
  /** How much of each kind of work is in it. */
  readonly work: {
    readonly cover: number
    readonly seen: number
    readonly foreign: number
    readonly own: number
  }
}

/** An onion that nobody here can open. */
export function foreignOnion(key: WrappingKey = foreignKey): TaggedOnion {
  return { tag: randomBytes(16), onion: wrapLayer(randomBytes(capacity(third)), key, third) }
}

/** An onion that the second of the server's keys opens, to be forwarded with room for an extra hop. */
export function ownOnion(keys: ListenerKeys): TaggedOnion {
  const inner = {
    tag: randomBytes(16),
    onion: wrapLayer(randomBytes(capacity(shortest)), foreignKey, shortest),
  }
  const contents = encodeContents({ kind: 'forward', next: keys.next, inner })
  const key = keys.trial[1] ?? foreignKey
  return { tag: randomBytes(16), onion: wrapLayer(contents, key, second) }
}

export function createCorpus(keys: ListenerKeys): Corpus {
  const [left = Buffer.alloc(0), right = Buffer.alloc(0)] = keys.links
  const onions = [ownOnion(keys), ...Array.from({ length: 4 }, () => foreignOnion())]
  const ticks = onions.map(onion => [sealOnion(left, onion), sealOnion(right, onion)])
  const cover = [sealCover(left), sealCover(right)]
  return { ticks: [...ticks, cover], work: { cover: 2, seen: 5, foreign: 4, own: 1 } }
}
