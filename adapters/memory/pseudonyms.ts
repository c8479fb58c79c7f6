// Pseudonyms in memory, the twin of the database's table.
import type { PseudonymEntry, PseudonymStore } from '../../plugin/ports.js'

export function createMemoryPseudonyms(): PseudonymStore {
  const entries = new Map<string, PseudonymEntry>()
  return {
    loadPseudonym: name => Promise.resolve(entries.get(name.toString('hex'))?.sealed ?? null),
    savePseudonym: entry => Promise.resolve(void entries.set(entry.name.toString('hex'), entry)),
    listPseudonyms: () =>
      Promise.resolve([...entries.values()].sort((one, other) => one.name.compare(other.name))),
  }
}
