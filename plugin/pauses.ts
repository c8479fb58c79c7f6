// Pauses that end at random, so that those who began at once do not go on at once.
import type { Random } from './ports.js'

/** From half of it to half as much again; milliseconds, whole ones. */
export function around(pause: number, random: Random): number {
  return pause / 2 + random.below(pause)
}

/** Before the next try, after so many failures before the last one: around `first`, then twice as long each time, up to `longest`. */
export function retryAfter(failures: number, first: number, longest: number, random: Random): number {
  return around(Math.min(longest, first * 2 ** failures), random)
}
