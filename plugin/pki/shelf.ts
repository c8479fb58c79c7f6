// Where certificates are kept, with what every look at them needs.
import type { Certificate } from '../openpgp/index.js'
import type { Clock, Domain, Fingerprint, RingEntry, RingStore } from '../ports.js'
import type { KeyChangeStore } from '../ports.js'
import { createTurns, type InTurn } from '../turns.js'
import type { Work } from '../work.js'
import type { ServerIdentity } from './identity.js'
import { createSuspensions, type Suspensions } from './suspensions.js'

/** Puts a certificate on the ring, in place of the one of the same kind and subject. Called in turn. */
type Put = (
  kind: RingEntry['kind'],
  subject: string,
  domain: Domain,
  certificate: Certificate,
) => Promise<void>

/** Certificates by name, and which of them replaced which. */
export type Ring = RingStore & KeyChangeStore

export interface Shelf {
  readonly identity: ServerIdentity
  readonly ring: Ring
  readonly clock: Clock
  readonly work: Work
  readonly suspensions: Suspensions
  /** Certificates that servers must have. */
  readonly pins: Map<Domain, Fingerprint>
  readonly inTurn: InTurn
  readonly put: Put
}

export function createShelf(identity: ServerIdentity, ring: Ring, clock: Clock, work: Work): Shelf {
  const put = createPut(ring, clock)
  const suspensions = createSuspensions(ring, clock)
  return { identity, ring, clock, work, suspensions, pins: new Map(), inTurn: createTurns(), put }
}

// Times of change grow strictly, so that "after this one" never misses an entry; also where the clock was set back.
function createPut(ring: RingStore, clock: Clock): Put {
  let last: number | null = null
  return async (kind, subject, domain, certificate) => {
    last ??= (await ring.list('user', null, clock.now())).at(-1)?.changed ?? 0
    last = Math.max(clock.now(), last + 1)
    const { fingerprint, octets } = certificate
    const keyIds = [certificate.primary, ...certificate.subkeys.map(({ key }) => key)].map(
      ({ keyId }) => keyId,
    )
    await ring.put({ fingerprint, subject, kind, domain, certificate: octets, changed: last }, keyIds)
  }
}
