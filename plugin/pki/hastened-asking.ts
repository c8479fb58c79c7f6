// Where a user's key is missed, all peers are asked at random times: nobody sees of which server somebody has just written.
import type { Cancel, Clock, Domain, Random } from '../ports.js'
import type { Peer } from './contacts.js'

export interface HastenedAsking {
  /** A user of that server is missed. */
  missed(domain: Domain): void
  /** That server answered. */
  answered(domain: Domain): void
  stop: Cancel
}

export interface HastenedAskingOptions {
  readonly peers: () => readonly Peer[]
  /** Has a peer asked in so many milliseconds, or earlier. */
  readonly plan: (peer: Peer, delay: number) => void
  readonly clock: Clock
  readonly random: Random
}

const spread = 10_000
// Whoever writes as users that there are not has others asked no more often than this.
const shortestPause = 60_000
const longestPause = 600_000

export function createHastenedAsking({ peers, plan, clock, random }: HastenedAskingOptions): HastenedAsking {
  const resting = new Map<Domain, Cancel>()
  const pauses = new Map<Domain, number>()
  return {
    missed(domain) {
      if (resting.has(domain)) return
      const pause = pauses.get(domain) ?? shortestPause
      pauses.set(domain, Math.min(2 * pause, longestPause))
      resting.set(
        domain,
        clock.after(pause, () => void resting.delete(domain)),
      )
      for (const peer of peers()) plan(peer, random.below(spread))
    },
    answered: domain => void pauses.delete(domain),
    stop() {
      for (const cancel of resting.values()) cancel()
    },
  }
}
