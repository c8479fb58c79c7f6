// The key ring in the database.
import type { Knex } from 'knex'
import type { RingEntry, RingStore } from '../../plugin/ports.js'

/** The store of one database. */
export function createRingStore(db: Knex): RingStore {
  const ring = () => db<RingEntry>('ring')
  return {
    async find(kind, subject) {
      return (await ring().where({ kind, subject }).first()) ?? null
    },
    list(kind, domain, changedAfter, most) {
      const matching = ring().where({ kind }).andWhere('changed', '>', changedAfter).orderBy('changed')
      const ofDomain = domain === null ? matching : matching.andWhere({ domain })
      return most === undefined ? ofDomain : ofDomain.limit(most)
    },
    async put({ kind, subject, domain, fingerprint, certificate, changed }) {
      const row = { kind, subject, domain, fingerprint, certificate, changed }
      await ring().insert(row).onConflict(['kind', 'subject']).merge()
    },
  }
}
