// How often something happens a second, over the last minute.
import type { Clock } from './ports.js'

export interface RateMeter {
  count(): void
  /** Over the last full sixty seconds, or since it was made where that is less. */
  perSecond(): number
}

const seconds = 60

export function createRateMeter(clock: Clock): RateMeter {
  const counts = new Array<number>(seconds).fill(0)
  const began = secondOf(clock)
  let current = began
  // A slot for each second; those that were passed over since are of an earlier minute.
  const turnTo = (second: number): void => {
    for (let passed = Math.max(current, second - seconds) + 1; passed <= second; passed++)
      counts[passed % seconds] = 0
    current = Math.max(current, second)
  }
  return {
    count() {
      turnTo(secondOf(clock))
      counts[current % seconds] = (counts[current % seconds] ?? 0) + 1
    },
    perSecond() {
      turnTo(secondOf(clock))
      // The second that runs is not over.
      const whole = Math.min(current - began, seconds - 1)
      const total = counts.reduce((sum, count) => sum + count, 0) - (counts[current % seconds] ?? 0)
      return whole === 0 ? 0 : total / whole
    },
  }
}

function secondOf(clock: Clock): number {
  return Math.floor(clock.steady() / 1000)
}
