// Users whose key somebody misses here: since when, and whether their server has shown all of its users since.
import { homeOf } from '../addresses.js'
import type { Clock, Domain, UserAddress } from '../ports.js'

export interface MissingUsers {
  /** A user's key is missed: his server is asked. `false`: nobody asks that one. */
  miss(address: UserAddress): boolean
  /** Whether his server has shown all of its users since he was missed first. He is missed no more then. */
  isDecided(address: UserAddress): boolean
  found(address: UserAddress): void
  /** A server has shown all users that it had at that moment of the steady clock. */
  shown(domain: Domain, asOf: number): void
  /** Sets who asks a server for its users soon; `false`: it never does. */
  onMissed(handler: (domain: Domain) => boolean): void
}

// Of more, those that were missed first begin anew.
const mostMissed = 10_000

export function createMissingUsers(clock: Pick<Clock, 'steady'>): MissingUsers {
  const since = new Map<UserAddress, number>()
  const shown = new Map<Domain, number>()
  let ask: (domain: Domain) => boolean = () => false
  return {
    miss(address) {
      const [oldest] = since.keys()
      if (since.size >= mostMissed && oldest !== undefined) since.delete(oldest)
      if (!since.has(address)) since.set(address, clock.steady())
      return ask(homeOf(address))
    },
    isDecided(address) {
      const isDecided = (shown.get(homeOf(address)) ?? -Infinity) >= (since.get(address) ?? -Infinity)
      if (isDecided) since.delete(address)
      return isDecided
    },
    found: address => void since.delete(address),
    shown: (domain, asOf) => void shown.set(domain, asOf),
    onMissed: handler => void (ask = handler),
  }
}
