// Certificates that were asked for stay in memory: a look-up that finds one there wakes no other thread.
import type { RingEntry, RingStore } from '../../plugin/ports.js'
import { nameOf } from './ring-questions.js'

interface Kept {
  readonly entry: RingEntry
  /** IDs under which it is found here. */
  readonly keyIds: Set<string>
  /** Asked for again since it was last spared. */
  wanted: boolean
}

// What an entry costs besides its octets.
const overhead = 512

/** The same ring, of which up to so many octets are kept; what nobody asked for again gives way first. */
export function cacheRing<Ring extends RingStore>(ring: Ring, mostOctets: number): Ring {
  const cache = createCache(mostOctets)
  // What was read while something changed may be old, and is not kept.
  let changes = 0
  const read = async <Found>(ask: Promise<Found>, keep: (found: Found) => void): Promise<Found> => {
    const before = changes
    const found = await ask
    if (changes === before) keep(found)
    return found
  }
  const forget = (entry: RingEntry, keyIds: readonly string[]): void => {
    changes++
    cache.forget(entry, keyIds)
  }
  return {
    ...ring,
    find: (kind, subject) =>
      cache.find(nameOf({ kind, subject })) ??
      read(ring.find(kind, subject), entry => {
        if (entry !== null) cache.keep(entry)
      }),
    withKey: keyId =>
      cache.withKey(keyId) ??
      read(ring.withKey(keyId), entries => {
        cache.keepWithKey(keyId, entries)
      }),
    async put(entry, keyIds = [entry.fingerprint.slice(-16)]) {
      forget(entry, keyIds)
      await ring.put(entry, keyIds)
      forget(entry, keyIds)
    },
  }
}

function createCache(mostOctets: number) {
  // The one kept or spared longest ago comes first. A look-up marks what it finds and moves nothing: to put it in another
  // place costs as much as all else that is done here.
  const byName = new Map<string, Kept>()
  const byKeyId = new Map<string, readonly string[]>()
  let octets = 0

  const drop = (name: string): void => {
    const kept = byName.get(name)
    if (kept === undefined) return
    byName.delete(name)
    for (const keyId of kept.keyIds) byKeyId.delete(keyId)
    octets -= sizeOf(kept.entry)
  }
  const use = (name: string): RingEntry | null => {
    const kept = byName.get(name)
    if (kept === undefined) return null
    kept.wanted = true
    return kept.entry
  }
  const makeRoom = (): void => {
    for (const [name, kept] of byName) {
      if (octets <= mostOctets) break
      if (kept.wanted) {
        kept.wanted = false
        byName.delete(name)
        byName.set(name, kept)
      } else drop(name)
    }
  }
  const keep = (entry: RingEntry): Kept => {
    const name = nameOf(entry)
    const known = byName.get(name)
    if (known?.entry.changed === entry.changed) return known
    drop(name)
    const kept = { entry, keyIds: new Set<string>(), wanted: false }
    byName.set(name, kept)
    octets += sizeOf(entry)
    makeRoom()
    return kept
  }
  return {
    find(name: string): Promise<RingEntry> | null {
      const entry = use(name)
      return entry && Promise.resolve(entry)
    },
    withKey(keyId: string): Promise<RingEntry[]> | null {
      const names = byKeyId.get(keyId)
      return names === undefined ? null : Promise.resolve(names.map(use).filter(entry => entry !== null))
    },
    keep,
    // When one of them goes, the ID is asked for again.
    keepWithKey(keyId: string, entries: readonly RingEntry[]): void {
      if (entries.length === 0) return
      for (const entry of entries) keep(entry).keyIds.add(keyId)
      const names = entries.map(nameOf)
      if (names.every(name => byName.has(name))) byKeyId.set(keyId, names)
    },
    forget(entry: RingEntry, keyIds: readonly string[]): void {
      drop(nameOf(entry))
      for (const keyId of keyIds) byKeyId.delete(keyId)
    },
  }
}

function sizeOf({ certificate }: RingEntry): number {
  return certificate.length + overhead
}
