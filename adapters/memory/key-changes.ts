// Replaced keys of servers in memory.
import type { KeyChange, KeyChangeStore } from '../../plugin/ports.js'

/** The part of the memory store for them. */
export function createMemoryKeyChanges(): KeyChangeStore {
  const changes = new Map<string, KeyChange>()
  return {
    changesOf: domain =>
      Promise.resolve(
        [...changes.values()]
          .filter(change => change.domain === domain)
          .sort((one, other) => other.at - one.at),
      ),
    addChange(change) {
      // What is taken up again is replaced no more.
      changes.delete(`${change.domain} ${change.successor}`)
      changes.set(`${change.domain} ${change.replaced}`, change)
      return Promise.resolve()
    },
  }
}
