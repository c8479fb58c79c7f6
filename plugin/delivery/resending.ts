// When a message that is not acknowledged is sent again: ever later, and at random, so that nobody can tell (PROTO s6.2).
import type { Random } from '../ports.js'
import type { Profile } from '../profiles.js'
import { window } from './flights.js'

/** About how long an acknowledgement takes, in milliseconds: every layer there and back waits its delay and its turn. */
export function roundTrip({ interval, meanDelay }: Profile, routeLength: number, extraHops: number): number {
  return leastRoundTrip + layersOf(routeLength, extraHops) * (meanDelay + interval)
}

/**
 * How many messages may be on their way: what a room carries in the time of a round trip, where each layer, there and back,
 * is a cell in it; at least those of one lively talk.
 */
export function mostUnderWay(pace: Profile, routeLength: number, extraHops: number): number {
  const each = pace.interval * layersOf(routeLength, extraHops)
  return Math.max(window, Math.floor(roundTrip(pace, routeLength, extraHops) / each))
}

function layersOf(routeLength: number, extraHops: number): number {
  return 2 * (routeLength + (routeLength - 1) * extraHops)
}

/** Milliseconds until a message is sent again whose wait has grown so often. */
export function resendAfter(usual: number, growths: number, random: Random): number {
  const longer = Math.min(usual * growth ** growths, longestWait)
  return longer * (1.5 + random.exponential(spread))
}

// Hosts, their links and the disks take their time too.
const leastRoundTrip = 1000
const growth = 1.6
const spread = 0.5
const longestWait = 600_000
