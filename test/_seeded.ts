// Chance that can be repeated: the same seed gives the same run (xorshift, 32 bits). Never for keys.

/** Words of 32 bits; the seed is not 0, which would stay 0. */
export function seededWords(seed: number): () => number {
  let state = seed
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return state >>> 0
  }
}

/** Numbers in `[0, 1)`. */
export function seeded(seed: number): () => number {
  const word = seededWords(seed)
  return () => word() / 2 ** 32
}
