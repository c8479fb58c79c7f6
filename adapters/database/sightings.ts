// What other servers say of the keys that they see, in the database.
import type { Knex } from 'knex'
import type { KeyChangeStore, KeySighting } from '../../plugin/ports.js'

type Times = 'since' | 'seen' | 'heardSince' | 'heard'
/** PostgreSQL gives bigints as text. */
type Row = Omit<KeySighting, Times> & Readonly<Record<Times, number | string>>

/** The part of the store of one database for them. */
export function createSightingStore(
  db: Knex,
): Pick<KeyChangeStore, 'sightingsOf' | 'saveSighting' | 'removeSightings'> {
  const columns = ['domain', 'witness', 'fingerprint', 'since', 'seen', 'heard_since as heardSince', 'heard']
  return {
    async sightingsOf(domain) {
      const rows = (await db('key_sightings').select(columns).where({ domain }).orderBy('witness')) as Row[]
      return rows.map(readRow)
    },
    async saveSighting({ heardSince, ...rest }) {
      await db('key_sightings')
        .insert({ ...rest, heard_since: heardSince })
        .onConflict(['domain', 'witness'])
        .merge()
    },
    async removeSightings(domain) {
      await db('key_sightings').where({ domain }).delete()
    },
  }
}

function readRow({ since, seen, heardSince, heard, ...rest }: Row): KeySighting {
  return {
    ...rest,
    since: Number(since),
    seen: Number(seen),
    heardSince: Number(heardSince),
    heard: Number(heard),
  }
}
