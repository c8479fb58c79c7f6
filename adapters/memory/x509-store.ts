// The X.509 authority and what it issued, in memory.
import type { X509Entry, X509Peer, X509Store } from '../../plugin/ports.js'

/** A part of the memory store. */
export function createMemoryX509Store(): X509Store {
  const entries = new Map<string, X509Entry>()
  const peers = new Map<string, X509Peer>()
  let authority: Awaited<ReturnType<X509Store['loadX509Authority']>> = null
  return {
    loadX509Authority: () => Promise.resolve(authority),
    saveX509Authority(saved) {
      authority = saved
      return Promise.resolve()
    },
    loadX509Peer: domain => Promise.resolve(peers.get(domain) ?? null),
    saveX509Peer: peer => Promise.resolve(void peers.set(peer.domain, peer)),
    putX509: entry => Promise.resolve(void entries.set(entry.serial, entry)),
    listX509(user, expiresAfter) {
      const matching = [...entries.values()].filter(
        entry => (user === null || entry.user === user) && entry.expires > expiresAfter,
      )
      return Promise.resolve(matching.sort((one, other) => other.issued - one.issued))
    },
  }
}
