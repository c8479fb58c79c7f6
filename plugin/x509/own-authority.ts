// The domain's own X.509 authority: made at the first need, kept sealed, renewed before it ends.
import type { Clock, Domain, X509Store } from '../ports.js'
import type { Sealer } from '../sealer.js'
import type { Work } from '../work.js'
import type { X509Pair } from './certificates.js'
import { endsSoon } from './lifetimes.js'

export interface OwnAuthorityOptions {
  readonly domain: Domain
  readonly store: X509Store
  readonly sealer: Sealer
  readonly work: Work
  readonly clock: Clock
}

export interface OwnAuthority {
  /** The authority; the first call ever makes it. @throws PluginError `secret-missing` under another seal key */
  needed(): Promise<X509Pair>
  /** The authority if there is one. */
  existing(): Promise<X509Pair | null>
  /** Gives it a new end when the old one is near. Resolves to whether it did. */
  renew(): Promise<boolean>
}

const label = 'x509 authority'

export function openOwnAuthority(options: OwnAuthorityOptions): OwnAuthority {
  const { domain, store, sealer, work, clock } = options
  let known: Promise<X509Pair | null> | null = null
  const load = async (): Promise<X509Pair | null> => {
    const stored = await store.loadX509Authority()
    return stored && { ...stored, key: sealer.unseal(label, stored.key).toString() }
  }
  const save = async (pair: X509Pair): Promise<X509Pair> => {
    await store.saveX509Authority({ ...pair, key: sealer.seal(label, Buffer.from(pair.key)) })
    return pair
  }
  // One after the other, so that two first needs make one authority; what failed is tried again.
  const next = (step: (present: X509Pair | null) => Promise<X509Pair | null>): Promise<X509Pair | null> => {
    const result = (known ?? load()).then(step)
    known = result
    result.catch(() => {
      if (known === result) known = null
    })
    return result
  }
  const existing = (): Promise<X509Pair | null> => next(present => Promise.resolve(present))
  return {
    existing,
    async needed() {
      const pair = await next(
        async present => present ?? save(await work.run('makeX509Authority', domain, clock.now())),
      )
      return pair as X509Pair
    },
    async renew() {
      const present = await existing()
      if (!present || !endsSoon(present.certificate, clock.now())) return false
      await next(async () => save(await work.run('renewX509Authority', domain, present, clock.now())))
      return true
    },
  }
}
