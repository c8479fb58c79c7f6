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

/** Most contexts of a server: peers take no longer list of them (PROTO s9.4). */
export const mostListed = 16

// Measured (`npm run bench -- --only octets`): 3,102 octets between servers with Prosody 0.12 and names like a.example, of
// which 2,732 are the frame. Usual names are longer; 15 octets more are reckoned for each of the two addresses.
const octetsPerCell = 3102 + 2 * 15

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
  // The last server of a route delivers and adds nothing; seen in journeys of real servers: five for three hops.
  const onionsPerMessage = routeLength + (routeLength - 1) * extraHops
  return {
    cellsPerSecond,
    kilobytesPerSecond: Math.round(cellsPerSecond * octetsPerCell) / 1000,
    messagesPerMinute: Math.floor((60 * cellsPerSecond) / onionsPerMessage),
  }
}

/** What a host should take from each other server, in kB/s: contexts are not alone on that way, and a peer may have two. */
export function rateToAllow(kilobytesPerSecond: number): number {
  return Math.ceil(kilobytesPerSecond / 50) * 100
}
