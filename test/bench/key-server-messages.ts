// What a benchmark tells the process of a key server, and what it answers.

/** `product` is the real one on its database, `memory` the bare framework with the same answers in memory. */
export interface StartKeyServer {
  readonly kind: 'product' | 'memory'
  /** Folder of a ring; see `ensureRing`. */
  readonly folder: string
  /** Headers that `memory` gives with every answer. */
  readonly headers: Readonly<Record<string, string>>
}

export interface KeyServerReady {
  readonly port: number
}
