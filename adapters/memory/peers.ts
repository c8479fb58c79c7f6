// Servers to federate with, in memory.
import type { PeerStore, StoredPeer } from '../../plugin/ports.js'

export function createMemoryPeers(): PeerStore {
  const peers = new Map<string, StoredPeer>()
  return {
    loadPeers: () => Promise.resolve([...peers.values()]),
    savePeer: peer => Promise.resolve(void peers.set(peer.domain, peer)),
  }
}
