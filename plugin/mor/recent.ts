// The last few names that came by, in bounded memory.

export interface Recent {
  /** `false`: it is among the last ones. */
  add(name: Buffer): boolean
}

export function createRecent(most: number): Recent {
  // The order of the set is that of coming.
  const names = new Set<string>()
  return {
    add(name) {
      const text = name.toString('latin1')
      if (names.has(text)) return false
      names.add(text)
      const [oldest] = names
      if (names.size > most && oldest !== undefined) names.delete(oldest)
      return true
    },
  }
}
