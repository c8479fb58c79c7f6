// How long to wait before the next attempt to connect.
import type { Random } from '../../plugin/ports.js'

const shortest = 1000
const longest = 40_000

/**
 * Milliseconds before attempt number `failures` + 1: doubles from one second, and half as much again at random, so that
 * components don't come back all at once. Never above 60 s.
 */
export function backoff(failures: number, random: Random): number {
  const base = Math.min(longest, shortest * 2 ** Math.min(failures, 16))
  return base + random.below(base / 2 + 1)
}
