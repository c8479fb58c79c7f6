// Changes an input a little, in the ways that break parsers: lengths, numbers at their limits, pieces lost, doubled, or of
// another input.
import type { Chance } from '../faults/chance.js'

export interface Material {
  /** Other inputs, to take pieces from. */
  readonly inputs: readonly Buffer[]
  /** Pieces that the format is made of. */
  readonly words: readonly Buffer[]
  readonly longest: number
}

type Change = (octets: Buffer, chance: Chance, material: Material) => Buffer

const mostChanges = 6
const longestPiece = 64

/** A changed input: the same chance, the same change. */
export function mutate(input: Buffer, material: Material, chance: Chance): Buffer {
  let octets = input
  // Mostly one or two changes: what is changed everywhere is refused for the first of them.
  for (let left = 1 + Math.min(mostChanges, Math.floor(chance.exponential(1))); left > 0; left--)
    octets = chance.one(changes)(octets, chance, material)
  return octets.subarray(0, material.longest)
}

const limits = [0, 1, 0x7f, 0x80, 0xbf, 0xc0, 0xdf, 0xe0, 0xfe, 0xff]
const longLimits = [0, 1, 191, 192, 8383, 8384, 0x7fff, 0xffff, 0x10000, 0x7fffffff, 0xffffffff]
const numbers = ['0', '-1', '1e999', '4294967296', '9007199254740993', '0.5', '9'.repeat(40), 'null']

const changes: readonly Change[] = [
  changed((octets, at, chance) => (octets[at] ?? 0) ^ (1 << chance.below(8))),
  changed((_, __, chance) => chance.one(limits)),
  changed((octets, at, chance) => ((octets[at] ?? 0) + chance.between(-4, 4)) & 0xff),
  changed((_, __, chance) => chance.below(256)),
  overwriteNumber,
  replaceDigits,
  (octets, chance) => cut(octets, chance, Buffer.alloc(0)),
  (octets, chance, { words }) => (words.length > 0 ? cut(octets, chance, chance.one(words)) : octets),
  (octets, chance, { words }) => (words.length > 0 ? insert(octets, chance, chance.one(words)) : octets),
  (octets, chance) => insert(octets, chance, chance.octets(chance.between(1, longestPiece))),
  (octets, chance) => insert(octets, chance, piece(octets, chance)),
  (octets, chance, { inputs }) => insert(octets, chance, piece(chance.one(inputs), chance)),
  repeat,
  (octets, chance) => octets.subarray(0, chance.below(octets.length + 1)),
  splice,
]

function changed(of: (octets: Buffer, at: number, chance: Chance) => number): Change {
  return (octets, chance) => {
    if (octets.length === 0) return octets
    const at = chance.below(octets.length)
    const copy = Buffer.from(octets)
    copy[at] = of(octets, at, chance)
    return copy
  }
}

function overwriteNumber(octets: Buffer, chance: Chance): Buffer {
  const width = chance.one([2, 4])
  if (octets.length < width) return octets
  const copy = Buffer.from(octets)
  const number = chance.one(longLimits) % 2 ** (8 * width)
  copy.writeUIntBE(number, chance.below(octets.length - width + 1), width)
  return copy
}

function replaceDigits(octets: Buffer, chance: Chance): Buffer {
  const found = [...octets.toString('latin1').matchAll(/\d+/gu)]
  if (found.length === 0) return octets
  const { index, 0: digits } = chance.one(found)
  return joined(octets, index, Buffer.from(chance.one(numbers)), index + digits.length)
}

function cut(octets: Buffer, chance: Chance, instead: Buffer): Buffer {
  const start = chance.below(octets.length + 1)
  const length = Math.min(chance.below(longestPiece), octets.length - start)
  return joined(octets, start, instead, start + length)
}

function insert(octets: Buffer, chance: Chance, added: Buffer): Buffer {
  const at = chance.below(octets.length + 1)
  return joined(octets, at, added, at)
}

// Deep, long and many: what is refused for its size must be cheap.
function repeat(octets: Buffer, chance: Chance, { longest }: Material): Buffer {
  const part = piece(octets, chance)
  const times = Math.min(chance.one([2, 8, 100, 3000]), Math.floor(longest / Math.max(1, part.length)))
  return insert(octets, chance, Buffer.concat(Array.from({ length: times }, () => part)))
}

function splice(octets: Buffer, chance: Chance, { inputs }: Material): Buffer {
  const other = chance.one(inputs)
  const [end, start] = [chance.below(octets.length + 1), chance.below(other.length + 1)]
  return Buffer.concat([octets.subarray(0, end), other.subarray(start)])
}

function piece(octets: Buffer, chance: Chance): Buffer {
  const start = chance.below(octets.length + 1)
  return octets.subarray(start, start + chance.between(1, longestPiece))
}

function joined(octets: Buffer, end: number, between: Buffer, start: number): Buffer {
  return Buffer.concat([octets.subarray(0, end), between, octets.subarray(start)])
}
