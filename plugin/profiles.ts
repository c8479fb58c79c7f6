// Profiles of a context's clock: what each buys in hiding and costs in bandwidth (PROTO s7.2).

/** How often a context speaks, and how long a peeled onion waits first; both in milliseconds. */
export interface Profile {
  /** Time from one cell to the next. */
  readonly interval: number
  /** Mean of the exponential wait at each layer. */
  readonly meanDelay: number
}

/** The profiles that `mor.profile` names. */
export const profiles = {
  fast: { interval: 25, meanDelay: 0 },
  default: { interval: 125, meanDelay: 1000 },
  paranoid: { interval: 250, meanDelay: 10_000 },
} as const satisfies Record<string, Profile>

export type ProfileName = keyof typeof profiles

// A cell of 2,048 octets is 2,732 characters of base64; the host adds addresses and stanza ids, about 400 octets.
const octetsPerCell = 2732 + 400

/** What one context of a profile costs and carries. */
export interface Cost {
  readonly cellsPerSecond: number
  /** Bandwidth of each listener of the context, in kB/s (1,000 octets). */
  readonly kilobytesPerSecond: number
  /**
   * Messages and acknowledgements together that a group carries each minute. Every onion of a message is spoken once
   * in every context of the group, so the figure does not grow with the number of servers.
   */
  readonly messagesPerMinute: number
}

/** What `p3do init` tells the admin. `routeLength` and `extraHops` are those of the configuration. */
export function costOf(profile: Profile, routeLength: number, extraHops: number): Cost {
  const cellsPerSecond = 1000 / profile.interval
  const onionsPerMessage = routeLength * (1 + extraHops)
  return {
    cellsPerSecond,
    kilobytesPerSecond: Math.round(cellsPerSecond * octetsPerCell) / 1000,
    messagesPerMinute: Math.floor((60 * cellsPerSecond) / onionsPerMessage),
  }
}
