// The clock of one machine: it runs with the others, and may be set wrong.
import type { Clock } from '../../plugin/ports.js'

export interface MovedClock extends Clock {
  /** Sets it to be wrong by so many milliseconds. */
  set(wrong: number): void
}

export function createMovedClock(right: Clock): MovedClock {
  let wrong = 0
  return {
    now: () => right.now() + wrong,
    steady: right.steady,
    // What was set up for some time from now stays so, as with timers of the kernel (CLOCK_MONOTONIC).
    after: right.after,
    set: by => void (wrong = by),
  }
}
