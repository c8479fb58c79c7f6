// Servers through which nothing goes now: peers that are not heard, and chosen ones that have not answered since the start or are
// suspended. Others tell of the contexts of these all the same.
import type { Federation, Peer } from '../pki/index.js'
import type { Domain, Fingerprint, RingStore } from '../ports.js'

/** Reads whose key is known from before the start, and learns those of later; what it returns says who is away now. */
export async function findAway(
  federation: Pick<Federation, 'choices' | 'peers' | 'onReady'>,
  ring: Pick<RingStore, 'find'>,
  isReachable: (peer: Peer) => boolean,
): Promise<() => readonly Fingerprint[]> {
  const known = new Map<Domain, Fingerprint>()
  federation.onReady(({ domain, fingerprint }) => {
    known.set(domain, fingerprint)
  })
  for (const { domain } of federation.choices()) {
    const entry = await ring.find('server', domain)
    if (entry && !known.has(domain)) known.set(domain, entry.fingerprint)
  }
  return () => {
    const peers = federation.peers()
    const ready = new Set(peers.map(({ domain }) => domain))
    const absent = federation.choices().filter(({ domain }) => !ready.has(domain))
    return [
      ...peers.filter(peer => !isReachable(peer)).map(({ fingerprint }) => fingerprint),
      ...absent.flatMap(({ domain }) => known.get(domain) ?? []),
    ]
  }
}
