// The journey of cells in a file, one JSON line a step: for laboratories, because it links what onion routing unlinks.
import { appendFileSync } from 'node:fs'
import type { Trace } from '../plugin/ports.js'

/** Writes each step at once: whoever watches a laboratory wants it as it happens. */
export function createJourney(path: string): Trace {
  return step => {
    appendFileSync(path, `${JSON.stringify({ time: Date.now(), ...step })}\n`, { mode: 0o600 })
  }
}
