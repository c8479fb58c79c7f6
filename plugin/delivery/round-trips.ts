// How long acknowledgements take now: whoever sends again too early fills everybody's clocks with what is on its way already.

export interface RoundTrips {
  /** How long one usually takes at most, milliseconds. */
  readonly usual: number
  /** An acknowledgement came so long after what it answers, milliseconds. */
  came(after: number): void
}

// Nothing came yet: after a start, others wait in the clocks, too.
const caution = 2
// Whoever holds acknowledgements back makes messages wait so much longer and no more.
const [mostTimes, mostMore] = [4, 60_000]

/** @param least what the clocks and waits of the way take without anybody else on it */
export function createRoundTrips(least: number): RoundTrips {
  const most = mostTimes * least + mostMore
  let smooth: number | null = null
  let deviation = 0
  return {
    get usual() {
      const now = smooth === null ? caution * least : smooth + 2 * deviation
      return Math.min(Math.max(least, now), most)
    },
    // RFC 6298 s2.2, s2.3; every attempt has a reply key of its own, so that it is never in doubt which one was answered.
    came(sample) {
      // So late comes word of what was shown meanwhile, or of a link that was away: no time of the way.
      if (sample > most) return
      deviation = smooth === null ? sample / 2 : (3 * deviation + Math.abs(smooth - sample)) / 4
      smooth = smooth === null ? sample : (7 * smooth + sample) / 8
    },
  }
}
