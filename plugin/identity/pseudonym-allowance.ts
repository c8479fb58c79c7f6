// How many pseudonyms a user may have and make: names are given once, and other servers keep every key for long.
import { domainOf, pseudonymDomain } from '../addresses.js'
import { PluginError } from '../errors.js'
import type { Clock, Domain, UserAddress } from '../ports.js'

export interface Allowance {
  /** @param present how many the user has. @throws PluginError `command-invalid`, `too-many-requests`, which name the limit */
  ensure(owner: UserAddress, present: number): void
  used(owner: UserAddress): void
}

const day = 86_400_000

/** @param most at a time, and in a day */
export function createAllowance(clock: Clock, most: number): Allowance {
  const made = new Map<UserAddress, number[]>()
  const recent = (owner: UserAddress): number[] =>
    (made.get(owner) ?? []).filter(time => time > clock.now() - day)
  return {
    ensure(owner, present) {
      if (most === 0) throw new PluginError('command-invalid', 'Pseudonyms are switched off at this server.')
      if (present >= most)
        throw tooMany(
          `You have ${String(present)} pseudonyms, and at this server each user has at most ${String(most)}. Drop one first.`,
        )
      if (recent(owner).length >= most)
        throw tooMany(
          `At this server each user makes at most ${String(most)} pseudonyms in a day. Make another one tomorrow.`,
        )
    },
    used: owner => void made.set(owner, [...recent(owner), clock.now()]),
  }
}

/** Pseudonyms have addresses by which others know whose server certifies them. @throws PluginError `command-invalid` */
export function ensurePossible(domain: Domain, plugin: UserAddress): void {
  const [wanted, own] = [pseudonymDomain(domain), domainOf(plugin)]
  if (own === wanted) return
  throw new PluginError(
    'command-invalid',
    wanted === null
      ? 'There are no pseudonyms at this server: its domain has no room for their addresses.'
      : `There are no pseudonyms at this server: they have addresses at ${wanted}, and its plugin is at ${own}.`,
  )
}

function tooMany(message: string): PluginError {
  return new PluginError('too-many-requests', message)
}
