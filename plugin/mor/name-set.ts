// A set of names of 16 octets, made for millions: they lie in plain memory, 22 to 43 octets for each, and it grows in small
// steps, because a long pause would make a tick late.
import type { Random } from '../ports.js'

export interface NameSet {
  readonly size: number
  has(name: Buffer): boolean
  /** `false`: it was there. */
  add(name: Buffer): boolean
}

interface Segment {
  /** Names, four words each, where their hash says or in the next free place; zeros elsewhere. */
  slots: Uint32Array
  used: number
}

const words = 4
const segmentBits = 10
const fewestSlots = 16
const fullest = 0.75

/** Strangers choose names: by these random numbers, no one can choose where a name lies. */
export function createNameSet(random: Random): NameSet {
  const factors = Uint32Array.from({ length: words }, () => random.octets(4).readUInt32LE() | 1)
  const segments: (Segment | undefined)[] = Array.from({ length: 2 ** segmentBits })
  let size = 0
  return {
    get size() {
      return size
    },
    has(octets) {
      const name = wordsOf(octets)
      const hash = hashOf(name, factors)
      const segment = segments[numberOf(hash)]
      return segment !== undefined && !isFree(segment.slots, placeOf(segment.slots, name, hash))
    },
    add(octets) {
      const name = wordsOf(octets)
      const hash = hashOf(name, factors)
      const segment = (segments[numberOf(hash)] ??= emptySegment())
      const place = placeOf(segment.slots, name, hash)
      if (!isFree(segment.slots, place)) return false
      segment.slots.set(name, place)
      segment.used++
      size++
      if (segment.used * words > fullest * segment.slots.length) grow(segment, factors)
      return true
    },
  }
}

function numberOf(hash: number): number {
  return hash >>> (32 - segmentBits)
}

function emptySegment(): Segment {
  return { slots: new Uint32Array(fewestSlots * words), used: 0 }
}

// Zeros would look like a free slot; that name, which no hash gives, counts as its neighbour.
function wordsOf(octets: Buffer): Uint32Array {
  const name = new Uint32Array(words)
  for (let word = 0; word < words; word++) name[word] = octets.readUInt32LE(4 * word)
  if (isFree(name, 0)) name[0] = 1
  return name
}

function hashOf(name: Uint32Array, factors: Uint32Array): number {
  let hash = 0
  for (let word = 0; word < words; word++) {
    hash = Math.imul(hash ^ (name[word] ?? 0), factors[word] ?? 1)
    hash ^= hash >>> 15
  }
  return hash >>> 0
}

// Of the name, or of the free slot where it belongs. The length is a power of two, and there is always a free one.
function placeOf(slots: Uint32Array, name: Uint32Array, hash: number): number {
  const mask = slots.length - words
  let place = (hash << 2) & mask
  while (!isFree(slots, place) && !holds(slots, place, name)) place = (place + words) & mask
  return place
}

function isFree(slots: Uint32Array, at: number): boolean {
  return slots[at] === 0 && slots[at + 1] === 0 && slots[at + 2] === 0 && slots[at + 3] === 0
}

function holds(slots: Uint32Array, at: number, name: Uint32Array): boolean {
  return (
    slots[at] === name[0] &&
    slots[at + 1] === name[1] &&
    slots[at + 2] === name[2] &&
    slots[at + 3] === name[3]
  )
}

function grow(segment: Segment, factors: Uint32Array): void {
  const old = segment.slots
  segment.slots = new Uint32Array(2 * old.length)
  for (let at = 0; at < old.length; at += words) {
    const name = old.subarray(at, at + words)
    if (!isFree(old, at)) segment.slots.set(name, placeOf(segment.slots, name, hashOf(name, factors)))
  }
}
