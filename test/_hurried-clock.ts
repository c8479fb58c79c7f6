// The machine's clock, but so many times faster, for adapters whose delays are minutes.
import { systemClock } from '../adapters/clock.js'
import type { Clock } from '../plugin/ports.js'

export function createHurriedClock(times: number): Clock {
  const start = systemClock.now()
  return {
    now: () => start + (systemClock.now() - start) * times,
    steady: () => systemClock.steady() * times,
    after: (delay, run) => systemClock.after(delay / times, run),
  }
}
