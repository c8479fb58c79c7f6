// The key ring in memory, the twin of the one in the database.
import type { RingEntry, RingStore } from '../../plugin/ports.js'

/** A part of `createMemoryStore`. */
export function createMemoryRing(): RingStore {
  const ring = new Map<string, RingEntry>()
  const keyIdsOf = new Map<string, readonly string[]>()
  const byChange = (wanted: (entry: RingEntry) => boolean, most?: number): RingEntry[] =>
    [...ring.values()]
      .filter(wanted)
      .sort((one, other) => one.changed - other.changed)
      .slice(0, most)

  return {
    find: (kind, subject) => Promise.resolve(ring.get(`${kind} ${subject}`) ?? null),
    list: (kind, domain, changedAfter, most) =>
      Promise.resolve(
        byChange(
          entry =>
            entry.kind === kind &&
            (domain === null || entry.domain === domain) &&
            entry.changed > changedAfter,
          most,
        ),
      ),
    changedBetween(from, to, most) {
      const found = byChange(({ changed }) => changed >= from && changed < to, most)
      return Promise.resolve(found.map(({ fingerprint }) => fingerprint))
    },
    withKey(keyId) {
      const names = [...keyIdsOf].filter(([, keyIds]) => keyIds.includes(keyId)).map(([name]) => name)
      return Promise.resolve(names.flatMap(name => ring.get(name) ?? []).slice(0, 16))
    },
    put(entry, keyIds = [entry.fingerprint.slice(-16)]) {
      keyIdsOf.set(`${entry.kind} ${entry.subject}`, keyIds)
      return Promise.resolve(void ring.set(`${entry.kind} ${entry.subject}`, entry))
    },
  }
}
