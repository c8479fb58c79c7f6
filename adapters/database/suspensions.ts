// Servers that show another key than the known one, in the database.
import type { Knex } from 'knex'
import type { KeyChangeStore, Suspension } from '../../plugin/ports.js'

type Times = 'since' | 'seen' | 'seenFor'
/** PostgreSQL gives bigints as text, SQLite booleans as numbers. */
type Row = Omit<Suspension, Times | 'told'> &
  Readonly<Record<Times, number | string>> & {
    readonly told: boolean | number
  }

/** The part of the store of one database for them. */
export function createSuspensionStore(
  db: Knex,
): Pick<KeyChangeStore, 'loadSuspensions' | 'saveSuspension' | 'removeSuspension'> {
  const columns = [
    'domain',
    'known',
    'shown',
    'place',
    'since',
    'seen',
    'seen_for as seenFor',
    'allowed',
    'told',
  ]
  return {
    async loadSuspensions() {
      const rows = (await db('suspensions').select(columns).orderBy('domain')) as Row[]
      return rows.map(readRow)
    },
    async saveSuspension({ seenFor, ...rest }) {
      await db('suspensions')
        .insert({ ...rest, seen_for: seenFor })
        .onConflict('domain')
        .merge()
    },
    async removeSuspension(domain) {
      await db('suspensions').where({ domain }).delete()
    },
  }
}

function readRow({ since, seen, seenFor, told, ...rest }: Row): Suspension {
  return {
    ...rest,
    since: Number(since),
    seen: Number(seen),
    seenFor: Number(seenFor),
    told: Boolean(told),
  }
}
