// Everything that a run draws, from one seed: the same seed gives the same run.
import type { Random } from '../../plugin/ports.js'
import { seededWords } from '../_seeded.js'

export interface Chance extends Random {
  /** A number in `[0, 1)`. */
  fraction(): number
  /** An integer in `[from, to]`. */
  between(from: number, to: number): number
  one<Item>(items: readonly Item[]): Item
  /** A chance of its own: what draws from it does not shift what others draw. */
  apart(name: string): Chance
}

export function createChance(seed: number, name = ''): Chance {
  const word = seededWords(seedOf(seed, name))
  const fraction = (): number => word() / 2 ** 32
  const below = (limit: number): number => Math.floor(fraction() * limit)
  return {
    fraction,
    below,
    octets: length => Buffer.from(Array.from({ length }, () => word() & 0xff)),
    exponential: mean => -mean * Math.log(1 - fraction()),
    between: (from, to) => from + below(to - from + 1),
    one(items) {
      const item = items[below(items.length)]
      if (item === undefined) throw new RangeError('There is nothing to choose from.')
      return item
    },
    apart: other => createChance(seed, `${name}/${other}`),
  }
}

// FNV-1a; a state of zero would stay zero.
function seedOf(seed: number, name: string): number {
  let hash = 0x811c9dc5
  for (const octet of Buffer.from(`${String(seed)} ${name}`)) hash = Math.imul(hash ^ octet, 0x01000193)
  return hash === 0 ? 1 : hash
}
