// What is kept of those to federate with; part of the store of ports.ts.
import type { Domain, Fingerprint } from './ports.js'

/** A server to federate with, or to meet no more, beside those of the configuration. */
export interface StoredPeer {
  readonly domain: Domain
  /** The certificate that it must have, or null for whichever the first contact shows. */
  readonly fingerprint: Fingerprint | null
  readonly origin: 'added' | 'asked' | 'removed'
  /** Milliseconds. */
  readonly since: number
}

export interface PeerStore {
  loadPeers(): Promise<StoredPeer[]>
  /** Inserts, or replaces the one of the same domain. */
  savePeer(peer: StoredPeer): Promise<void>
}
