// The key ring in memory.
import type { RingEntry, RingStore } from '../../plugin/ports.js'

/** The part of the memory store for it. */
export function createMemoryRing(): RingStore {
  const ring = new Map<string, RingEntry>()
  const keyIdsOf = new Map<string, readonly string[]>()
  return {
    find: (kind, subject) => Promise.resolve(ring.get(`${kind} ${subject}`) ?? null),
    list(kind, domain, changedAfter, most) {
      const matching = [...ring.values()].filter(
        entry =>
          entry.kind === kind && (domain === null || entry.domain === domain) && entry.changed > changedAfter,
      )
      return Promise.resolve(matching.sort((one, other) => one.changed - other.changed).slice(0, most))
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
