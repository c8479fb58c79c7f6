// The X.509 authority and what it issued, in memory.
import type { X509Entry, X509Store } from '../../plugin/ports.js'

/** A part of the memory store. */
export function createMemoryX509Store(): X509Store {
  const entries = new Map<string, X509Entry>()
  let authority: Awaited<ReturnType<X509Store['loadX509Authority']>> = null
  return {
    loadX509Authority: () => Promise.resolve(authority),
    saveX509Authority(saved) {
      authority = saved
      return Promise.resolve()
    },
    putX509: entry => Promise.resolve(void entries.set(entry.serial, entry)),
    listX509(user, expiresAfter) {
      const matching = [...entries.values()].filter(
        entry => (user === null || entry.user === user) && entry.expires > expiresAfter,
      )
      return Promise.resolve(matching.sort((one, other) => other.issued - one.issued))
    },
  }
}
