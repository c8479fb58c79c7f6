// What is kept of servers whose key is another one than before; part of the store of ports.ts.
import type { Domain, Fingerprint } from './ports.js'

/** A key of a server that was replaced by another one. */
export interface KeyChange {
  readonly domain: Domain
  readonly replaced: Fingerprint
  readonly successor: Fingerprint
  /** `handed-over`: the old key said so; `approved`: an admin did; `outwaited`: time and other servers did. */
  readonly how: 'handed-over' | 'approved' | 'outwaited'
  /** When it was taken up here, milliseconds. */
  readonly at: number
}

export interface KeyChangeStore {
  /** Newest first. */
  changesOf(domain: Domain): Promise<KeyChange[]>
  /** The successor counts as replaced no more where it did. */
  addChange(change: KeyChange): Promise<void>
}
