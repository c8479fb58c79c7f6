// A clock that stands still until the test moves it.
import type { Clock } from '../plugin/ports.js'

export interface VirtualClock extends Clock {
  /** Moves on by so many milliseconds and runs, in order, what falls due on the way, also what is set up meanwhile. */
  advance(ms: number): void
  /** How many calls are waiting. */
  readonly waiting: number
}

interface Entry {
  readonly due: number
  readonly run: () => void
}

export function createVirtualClock(start = Date.UTC(2026, 0, 1)): VirtualClock {
  let time = start
  let entries: Entry[] = []

  function next(until: number): Entry | undefined {
    const due = entries.filter(entry => entry.due <= until)
    return due.reduce<Entry | undefined>(
      (first, entry) => (first && first.due <= entry.due ? first : entry),
      undefined,
    )
  }

  function remove(entry: Entry): void {
    entries = entries.filter(other => other !== entry)
  }

  return {
    now: () => time,
    after: (delay, run) => {
      const entry = { due: time + delay, run }
      entries.push(entry)
      return () => {
        remove(entry)
      }
    },
    advance: ms => {
      const until = time + ms
      for (let entry = next(until); entry; entry = next(until)) {
        remove(entry)
        time = Math.max(time, entry.due)
        entry.run()
      }
      time = until
    },
    get waiting() {
      return entries.length
    },
  }
}
