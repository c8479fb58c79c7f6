// Servers to federate with, in the database.
import type { Knex } from 'knex'
import type { PeerStore, StoredPeer } from '../../plugin/ports.js'

/** The store of one database. */
export function createPeerStore(db: Knex): PeerStore {
  const peers = () => db<Omit<StoredPeer, 'since'> & { since: number | string }>('peers')
  return {
    async loadPeers() {
      const rows = await peers().select('domain', 'fingerprint', 'origin', 'since').orderBy('domain')
      // PostgreSQL gives bigints as text.
      return rows.map(row => ({ ...row, since: Number(row.since) }))
    },
    async savePeer({ domain, fingerprint, origin, since }) {
      await peers().insert({ domain, fingerprint, origin, since }).onConflict('domain').merge()
    },
  }
}
