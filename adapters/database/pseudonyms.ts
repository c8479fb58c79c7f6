// Pseudonyms of users, in the database.
import type { Knex } from 'knex'
import type { PseudonymEntry, PseudonymStore } from '../../plugin/ports.js'

/** The store of one database. Who is behind a pseudonym comes here sealed. */
export function createPseudonymStore(db: Knex): PseudonymStore {
  const rows = () => db<PseudonymEntry>('pseudonyms')
  return {
    async loadPseudonym(name) {
      const row = await rows().where({ name }).first()
      return row?.sealed ?? null
    },
    async savePseudonym({ name, sealed }) {
      await rows().insert({ name, sealed }).onConflict('name').merge()
    },
    listPseudonyms: () => rows().select('name', 'sealed').orderBy('name'),
  }
}
