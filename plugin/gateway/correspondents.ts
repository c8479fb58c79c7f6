// Whom users have written to, or heard from, since the start. In memory only: who writes to whom is written down nowhere
// for this.
import { homeOf } from '../addresses.js'
import type { Domain, UserAddress } from '../ports.js'

export interface Correspondents {
  note(user: UserAddress, contact: UserAddress): void
  /** Users who wrote to people of that server, or heard from there. */
  of(domain: Domain): readonly UserAddress[]
  /** The user's contacts, the last one first. */
  contactsOf(user: UserAddress): readonly UserAddress[]
  forget(user: UserAddress): void
}

const mostPairs = 10_000

/** Whoever is forgotten, because there are too many or after a restart, is noted again when he writes. */
export function createCorrespondents(): Correspondents {
  const pairs = new Map<string, { readonly user: UserAddress; readonly contact: UserAddress }>()
  const found = (fits: (pair: { user: UserAddress; contact: UserAddress }) => boolean) =>
    [...pairs.values()].filter(fits)
  return {
    note(user, contact) {
      const name = `${user} ${contact}`
      pairs.delete(name)
      pairs.set(name, { user, contact })
      const [oldest] = pairs.keys()
      if (pairs.size > mostPairs && oldest !== undefined) pairs.delete(oldest)
    },
    of: domain => [...new Set(found(({ contact }) => homeOf(contact) === domain).map(({ user }) => user))],
    contactsOf: wanted =>
      found(({ user }) => user === wanted)
        .map(({ contact }) => contact)
        .reverse(),
    forget(wanted) {
      for (const [name, { user }] of pairs) if (user === wanted) pairs.delete(name)
    },
  }
}
