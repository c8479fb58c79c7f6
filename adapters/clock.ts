// The machine's clock as the Clock port.
import type { Clock } from '../plugin/ports.js'

/** The real clock; its timers keep the process alive. */
export const systemClock: Clock = {
  now: () => Date.now(),
  steady: () => performance.now(),
  after: (delay, run) => {
    const timer = setTimeout(run, delay)
    return () => {
      clearTimeout(timer)
    }
  },
}
