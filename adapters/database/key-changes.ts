// Replaced keys of servers in the database.
import type { Knex } from 'knex'
import type { KeyChange, KeyChangeStore } from '../../plugin/ports.js'

/** The store of one database. */
export function createKeyChangeStore(db: Knex): Pick<KeyChangeStore, 'changesOf' | 'addChange'> {
  return {
    changesOf: domain => db<KeyChange>('key_changes').where({ domain }).orderBy('at', 'desc'),
    async addChange(change) {
      const { domain, successor } = change
      await db.transaction(async write => {
        // What is taken up again is replaced no more.
        await write('key_changes').where({ domain, replaced: successor }).delete()
        await write('key_changes').insert(change).onConflict(['domain', 'replaced']).merge()
      })
    },
  }
}
