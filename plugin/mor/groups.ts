// Who is in which group, as peers list their contexts, and whom of each group this server listens to (PROTO s7.3).
import type { Federation, Peer } from '../pki/index.js'
import type { Clock, Domain, Fingerprint, Random } from '../ports.js'
import type { ListedContext } from './membership.js'
import { createOverlay } from './overlay.js'

export interface Groups {
  /** Takes up what a peer lists. `true`: its groups are not the same as before. */
  list(peer: Peer, contexts: readonly ListedContext[]): boolean
  /** Whether this server listens to a peer in a group. */
  isChosen(peer: Peer, group: string): boolean
  /** Own groups that a server is in, too; all of the own ones for this server itself. */
  shared(server: Fingerprint): readonly string[]
  /** How many peers are in a group. */
  size(group: string): number
  /** Whether a peer has listed its contexts since the start. */
  isListed(peer: Peer): boolean
}

export function createGroups(
  federation: Federation,
  own: readonly string[],
  clock: Clock,
  random: Random,
): Groups {
  const listed = new Map<Domain, ReadonlySet<string>>()
  const members = (group: string): Peer[] =>
    federation.peers().filter(({ domain }) => listed.get(domain)?.has(group))
  const overlays = new Map(
    own.map(group => [group, createOverlay(federation.self, group, () => members(group), clock, random)]),
  )
  return {
    list({ domain }, contexts) {
      const groups = new Set(contexts.map(({ group }) => group))
      const before = listed.get(domain) ?? new Set()
      listed.set(domain, groups)
      return groups.size !== before.size || [...groups].some(group => !before.has(group))
    },
    isChosen: (peer, group) => overlays.get(group)?.(peer) ?? false,
    shared(server) {
      if (server === federation.self) return own
      return own.filter(group => members(group).some(({ fingerprint }) => fingerprint === server))
    },
    size: group => members(group).length,
    isListed: ({ domain }) => listed.has(domain),
  }
}
