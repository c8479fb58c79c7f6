// Counts events by name, for the status and for tests.
import type { ReadableCounters } from '../plugin/ports.js'

export type { ReadableCounters } from '../plugin/ports.js'

/** Made once by the composition root and handed to every part. */
export function createCounters(): ReadableCounters {
  const counts = new Map<string, number>()
  return {
    count: name => void counts.set(name, (counts.get(name) ?? 0) + 1),
    snapshot: () => Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1))),
  }
}
