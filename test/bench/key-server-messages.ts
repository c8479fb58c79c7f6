// What a benchmark tells the process of a key server, and what it answers.

/** `product` is the real one on its database, `memory` the bare framework with the same answers in memory. */
export interface StartKeyServer {
  readonly kind: 'product' | 'memory'
  /** Folder of a ring; see `ensureRing`. */
  readonly folder: string
  /** Headers that `memory` gives with every answer. */
  readonly headers: Readonly<Record<string, string>>
  /** Octets that each request leaves behind for good, so that a test sees whether a leak is found; none where it is left out. */
  readonly leak?: number
}

/** Asks for everything that nobody needs to be thrown away; the answer is what is left. */
export const collectNow = 'collect'

export interface Collected {
  /** Octets that are in use, inside and outside of the engine's heap. */
  readonly used: number
}

export interface KeyServerReady {
  readonly port: number
}
