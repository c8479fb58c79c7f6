// Who is in which group, as peers list their contexts, and whom of each group this server listens to (PROTO s7.3).
import type { Federation, Peer } from '../pki/index.js'
import type { Clock, Domain, Fingerprint, Random } from '../ports.js'
import type { ListedContext } from './membership.js'
import { createOverlay } from './overlay.js'

export interface Groups {
  /** Takes up what a peer lists. `true`: its groups are not the same as before. */
  list(peer: Peer, contexts: readonly ListedContext[]): boolean
  /** Forgets what a peer listed: it is none any more. */
  unlist(peer: Peer): void
  /** Whether this server listens to a peer in a group. */
  isChosen(peer: Peer, group: string): boolean
  /** Own groups that a server is in, too; all of the own ones for this server itself. */
  shared(server: Fingerprint): readonly string[]
  /** The peers that have listed their contexts. */
  peers(): readonly Peer[]
  /** Whether a peer has listed its contexts since the start. */
  isListed(peer: Peer): boolean
}

export function createGroups(
  federation: Federation,
  own: readonly string[],
  clock: Clock,
  random: Random,
): Groups {
  const listed = new Map<Domain, { peer: Peer; groups: ReadonlySet<string> }>()
  // With the key of now, which may be another one than when they listed their contexts.
  const current = (): { peer: Peer; groups: ReadonlySet<string> }[] => {
    const now = new Map(federation.peers().map(peer => [peer.domain, peer]))
    return [...listed.values()].map(({ peer, groups }) => ({ peer: now.get(peer.domain) ?? peer, groups }))
  }
  const members = (group: string): Peer[] =>
    current()
      .filter(({ groups }) => groups.has(group))
      .map(({ peer }) => peer)
  const overlays = new Map(
    own.map(group => [
      group,
      createOverlay(
        () => federation.self,
        group,
        () => members(group),
        clock,
        random,
      ),
    ]),
  )
  return {
    list(peer, contexts) {
      const groups = new Set(contexts.map(({ group }) => group))
      const before = listed.get(peer.domain)?.groups ?? new Set()
      listed.set(peer.domain, { peer, groups })
      return groups.size !== before.size || [...groups].some(group => !before.has(group))
    },
    unlist: ({ domain }) => void listed.delete(domain),
    isChosen: (peer, group) => overlays.get(group)?.(peer) ?? false,
    shared(server) {
      if (server === federation.self) return own
      return own.filter(group => members(group).some(({ fingerprint }) => fingerprint === server))
    },
    peers: () => current().map(({ peer }) => peer),
    isListed: ({ domain }) => listed.has(domain),
  }
}
