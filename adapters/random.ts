// The operating system's randomness as the Random port.
import { randomBytes } from 'node:crypto'
import type { Random } from '../plugin/ports.js'

const wordSize = 6
const wordRange = 2 ** (8 * wordSize)

function word(): number {
  return randomBytes(wordSize).readUIntBE(0, wordSize)
}

// Words at or above the largest multiple of `limit` are drawn again: the remainder of all words would favour small ones.
function below(limit: number): number {
  if (!Number.isInteger(limit) || limit < 1 || limit > wordRange) {
    throw new RangeError('The limit of a random integer lies between 1 and 2^48.')
  }
  const fair = wordRange - (wordRange % limit)
  let drawn = word()
  while (drawn >= fair) drawn = word()
  return drawn % limit
}

/** Cryptographic randomness; `below` is exact for limits up to 2^48. */
export const systemRandom: Random = {
  octets: length => randomBytes(length),
  below,
  exponential: mean => -mean * Math.log((word() + 1) / wordRange),
}
