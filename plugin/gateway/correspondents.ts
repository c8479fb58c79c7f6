// Which users have written to people of another server, or heard from there, since the start. In memory only: who writes
// to whom is written down nowhere for this.
import { domainOf } from '../addresses.js'
import type { Domain, UserAddress } from '../ports.js'

export interface Correspondents {
  note(user: UserAddress, contact: UserAddress): void
  of(domain: Domain): readonly UserAddress[]
}

const mostPairs = 10_000

/** Whoever is forgotten, because there are too many or after a restart, learns of it when he writes. */
export function createCorrespondents(): Correspondents {
  const pairs = new Map<string, { readonly user: UserAddress; readonly domain: Domain }>()
  return {
    note(user, contact) {
      const domain = domainOf(contact)
      const name = `${user} ${domain}`
      pairs.delete(name)
      pairs.set(name, { user, domain })
      const [oldest] = pairs.keys()
      if (pairs.size > mostPairs && oldest !== undefined) pairs.delete(oldest)
    },
    of: wanted => [...pairs.values()].filter(({ domain }) => domain === wanted).map(({ user }) => user),
  }
}
