// Where certificates are kept, with what every look at them needs.
import type { Certificate } from '../openpgp/index.js'
import type { Clock, Domain, RingEntry, RingStore } from '../ports.js'
import type { Work } from '../work.js'
import type { ServerIdentity } from './identity.js'

/** Puts a certificate on the ring, in place of the one of the same kind and subject. */
type Put = (
  kind: RingEntry['kind'],
  subject: string,
  domain: Domain,
  certificate: Certificate,
) => Promise<void>

export interface Shelf {
  readonly identity: ServerIdentity
  readonly ring: RingStore
  readonly clock: Clock
  readonly work: Work
  readonly put: Put
}

export function createShelf(identity: ServerIdentity, ring: RingStore, clock: Clock, work: Work): Shelf {
  return { identity, ring, clock, work, put: createPut(ring, clock) }
}

// Times of change grow strictly, so that "after this one" never misses an entry.
function createPut(ring: RingStore, clock: Clock): Put {
  let last = 0
  return async (kind, subject, domain, certificate) => {
    last = Math.max(clock.now(), last + 1)
    const { fingerprint, octets } = certificate
    await ring.put({ fingerprint, subject, kind, domain, certificate: octets, changed: last })
  }
}
