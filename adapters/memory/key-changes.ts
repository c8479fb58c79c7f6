// Replaced keys of servers, and keys that others show, in memory.
import type { KeyChange, KeyChangeStore, KeySighting, Suspension } from '../../plugin/ports.js'

/** The part of the memory store for them. */
export function createMemoryKeyChanges(): KeyChangeStore {
  const changes = new Map<string, KeyChange>()
  const suspensions = new Map<string, Suspension>()
  const sightings = new Map<string, KeySighting>()
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
    loadSuspensions: () => Promise.resolve([...suspensions.values()]),
    saveSuspension: suspension => Promise.resolve(void suspensions.set(suspension.domain, suspension)),
    removeSuspension: domain => Promise.resolve(void suspensions.delete(domain)),
    sightingsOf: of => Promise.resolve([...sightings.values()].filter(({ domain }) => domain === of)),
    saveSighting: seen => Promise.resolve(void sightings.set(`${seen.domain} ${seen.witness}`, seen)),
    removeSightings(of) {
      for (const [name, { domain }] of sightings) if (domain === of) sightings.delete(name)
      return Promise.resolve()
    },
  }
}
