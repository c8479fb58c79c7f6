// Sends soon again what has waited long, when something says that there is a way now: at random times (PROTO s6.2).
import type { Cancel, Clock, Random } from '../ports.js'
import type { Flight, Flights } from './flights.js'

export interface Hurry {
  /** A peer is heard that was not: one message of each conversation finds out what that changes, wherever it goes. */
  peerHeard(): void
  /** The other side has that one: the others of its conversation have good prospects. */
  acknowledged(flight: Flight): void
  stop: Cancel
}

export interface HurryOptions {
  readonly flights: Pick<Flights, 'heads' | 'beside'>
  /** Has a message sent in so many milliseconds, and not when it was planned before. */
  readonly plan: (flight: Flight, wait: number) => void
  /** What an acknowledgement takes at least, milliseconds. */
  readonly roundTrip: number
  readonly clock: Clock
  readonly random: Random
}

// A peer that comes and goes, by intention or not, has little sent: ever less often, until something is acknowledged.
const shortestPause = 60_000
const longestPause = 300_000
const leastSpread = 20_000
// From here waits grow again.
const growthBack = 3

export function createHurry({ flights, plan, roundTrip, clock, random }: HurryOptions): Hurry {
  const spread = leastSpread + 2 * roundTrip
  let pause = shortestPause
  // By timers, as what is planned: the clock may be set while they run.
  let rest: Cancel | null = null
  let isAsked = false

  // Each at a time of its own, or earlier where that was planned: together they would tell what they waited for.
  const hasten = (flight: Flight): void => {
    const wait = random.below(spread)
    if (flight.settled || flight.due === null || flight.due <= clock.steady() + wait) return
    flight.growth = Math.min(flight.growth, growthBack)
    plan(flight, wait)
  }
  const findOut = (): void => {
    isAsked = false
    rest = clock.after(pause, () => {
      rest = null
      if (isAsked) findOut()
    })
    pause = Math.min(2 * pause, longestPause)
    for (const flight of flights.heads()) hasten(flight)
  }
  return {
    peerHeard() {
      if (rest === null) findOut()
      else isAsked = true
    },
    acknowledged(flight) {
      pause = shortestPause
      for (const other of flights.beside(flight)) hasten(other)
    },
    stop() {
      rest?.()
    },
  }
}
