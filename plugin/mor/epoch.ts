// Days and weeks as numbers, by which context keys and routing keys change (PROTO s7.1).

const day = 86_400_000

/** Number of the UTC day, from 1970-01-01 = 0: the epoch of context keys and link keys. */
export function epochOf(now: number): number {
  return Math.floor(now / day)
}

/** First millisecond of an epoch. */
export function epochStart(epoch: number): number {
  return epoch * day
}
