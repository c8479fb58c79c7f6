// Runs something again and again on the injected clock.
import type { Cancel, Clock } from './ports.js'

/** Calls `run` every `interval` milliseconds, the next time only after the last call is done. `run` must not reject. */
export function every(clock: Clock, interval: number, run: () => Promise<void> | void): Cancel {
  let stopped = false
  let cancel: Cancel = () => undefined
  const again = (): void => {
    if (!stopped) cancel = clock.after(interval, () => void Promise.resolve(run()).then(again))
  }
  again()
  return () => {
    stopped = true
    cancel()
  }
}
