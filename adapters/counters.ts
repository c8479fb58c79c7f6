// Counts events by name, for the health report and for tests.
import type { Counters } from '../plugin/ports.js'

/** Counters that can be read. */
export interface ReadableCounters extends Counters {
  /** Every name counted so far with its number, by name. */
  snapshot(): Readonly<Record<string, number>>
}

/** Made once by the composition root and handed to every part. */
export function createCounters(): ReadableCounters {
  const counts = new Map<string, number>()
  return {
    count: name => void counts.set(name, (counts.get(name) ?? 0) + 1),
    snapshot: () => Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1))),
  }
}
