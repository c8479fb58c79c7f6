// The peers that are ready, with word to whoever wants to know when one comes or goes.
import type { Domain } from '../ports.js'
import { createSignal } from '../signal.js'
import type { Peer } from './contacts.js'

export interface ReadyPeers {
  all(): readonly Peer[]
  put(peer: Peer): void
  drop(domain: Domain): void
  /** Calls for each that was not ready before, or not with that key. */
  onReady(handler: (peer: Peer) => void): void
  /** Calls for each that was ready and is not any more. */
  onGone(handler: (peer: Peer) => void): void
}

export function createReadyPeers(): ReadyPeers {
  const ready = new Map<Domain, Peer>()
  const [came, gone] = [createSignal<Peer>(), createSignal<Peer>()]
  return {
    all: () => [...ready.values()],
    put(peer) {
      const isNew = ready.get(peer.domain)?.fingerprint !== peer.fingerprint
      ready.set(peer.domain, peer)
      if (isNew) came.send(peer)
    },
    drop(domain) {
      const peer = ready.get(domain)
      if (ready.delete(domain) && peer) gone.send(peer)
    },
    onReady: came.on,
    onGone: gone.on,
  }
}
