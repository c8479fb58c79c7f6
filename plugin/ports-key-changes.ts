// What is kept of servers whose key is another one than before; part of the store of ports.ts.
import type { Domain, Fingerprint, PeerAddress } from './ports.js'

/** A key of a server that was replaced by another one, or refused in favour of it. */
export interface KeyChange {
  readonly domain: Domain
  readonly replaced: Fingerprint
  readonly successor: Fingerprint
  /**
   * `handed-over`: the old key said so; `approved`: an admin did; `outwaited`: time and other servers did;
   * `rejected`: an admin refused the first key, which was never taken up, and keeps the second.
   */
  readonly how: 'handed-over' | 'approved' | 'outwaited' | 'rejected'
  /** When it was taken up, or refused, here, milliseconds. */
  readonly at: number
}

/** A server that shows another key than the known one, without a word of that (PROTO s9.8). Times in milliseconds. */
export interface Suspension {
  readonly domain: Domain
  readonly known: Fingerprint
  readonly shown: Fingerprint
  /** Where it was shown: the address of the server's plugin. */
  readonly place: PeerAddress
  readonly since: number
  /** When it was shown last. */
  readonly seen: number
  /** For how long it was seen to be shown, without times in which nobody looked. */
  readonly seenFor: number
  /** Why the shown key is taken when it is shown the next time; `null` while nothing speaks for it. */
  readonly allowed: 'approved' | 'outwaited' | null
  /** Whether admins and users were told. */
  readonly told: boolean
}

/** What a server says of the key that it sees of another one (PROTO s9.9). Times in milliseconds. */
export interface KeySighting {
  readonly domain: Domain
  readonly witness: Domain
  readonly fingerprint: Fingerprint
  /** Since when it sees it, and when it looked last, by its own word. */
  readonly since: number
  readonly seen: number
  /** Since when, and when last, it was heard to say so here, without a break. */
  readonly heardSince: number
  readonly heard: number
}

export interface KeyChangeStore {
  /** Newest first. */
  changesOf(domain: Domain): Promise<KeyChange[]>
  /** The successor counts as replaced no more where it did. */
  addChange(change: KeyChange): Promise<void>
  loadSuspensions(): Promise<Suspension[]>
  /** Inserts, or replaces the one of the same domain. */
  saveSuspension(suspension: Suspension): Promise<void>
  removeSuspension(domain: Domain): Promise<void>
  sightingsOf(domain: Domain): Promise<KeySighting[]>
  /** Inserts, or replaces what that witness said before of that domain. */
  saveSighting(sighting: KeySighting): Promise<void>
  removeSightings(domain: Domain): Promise<void>
}
