// Seen onions and opened secrets in the database.
import type { Knex } from 'knex'
import type { OnionStore } from '../../plugin/ports.js'
import { createBatcher } from './batch.js'
import { boundValues, type Row } from './values.js'

interface Seen {
  readonly hash: Buffer
  readonly expires: number
}

interface Opened {
  readonly secret: Buffer
  readonly expires: number
}

// Two values a row; SQLite takes 32,766 in one statement.
const rowsPerStatement = 10_000

/** The store of one database. */
export function createOnionStore(db: Knex): OnionStore {
  const writeSeen = createBatcher((calls: readonly (readonly Seen[])[]) => insertSeen(db, calls))
  const writeOpened = createBatcher((entries: readonly Opened[]) => insertOpened(db, entries))
  return {
    loadSeen(now, after, most) {
      // By the plus, the order of the key is what SQLite walks along, and not the index of times.
      const valid = db('seen').whereRaw('+expires > ?', [now]).orderBy('hash')
      const further = after === undefined ? valid : valid.andWhere('hash', '>', after)
      return (most === undefined ? further : further.limit(most)).pluck('hash')
    },
    async addSeen(entries) {
      if (entries.length > 0) await writeSeen(entries)
    },
    addOpened: (secret, expires) => writeOpened({ secret, expires }),
    async expire(now) {
      await db('seen').where('expires', '<=', now).delete()
      await db('opened').where('expires', '<=', now).delete()
    },
  }
}

async function insertSeen(db: Knex, calls: readonly (readonly Seen[])[]): Promise<null[]> {
  const latest = new Map(calls.flat().map(entry => [nameOf(entry.hash), entry]))
  const entries = [...latest.values()].map(({ hash, expires }): Row => [hash, expires])
  await inStatements(db, entries, async (run, rows) => {
    const insert = `insert into seen (hash, expires) values ${boundValues(rows)}`
    await run.raw(`${insert} on conflict (hash) do update set expires = excluded.expires`, rows.flat())
  })
  return calls.map(() => null)
}

// The database says which rows are new; of the same secret twice in one batch, the first one is.
async function insertOpened(db: Knex, entries: readonly Opened[]): Promise<boolean[]> {
  const fresh = new Set<string>()
  const distinct = new Map(entries.map(entry => [nameOf(entry.secret), entry]))
  const all = [...distinct.values()].map(({ secret, expires }): Row => [secret, expires])
  await inStatements(db, all, async (run, rows) => {
    const insert = `insert into opened (secret, expires) values ${boundValues(rows)}`
    const inserted = await run.raw<Pick<Opened, 'secret'>[]>(
      `${insert} on conflict do nothing returning secret`,
      rows.flat(),
    )
    for (const { secret } of inserted) fresh.add(nameOf(secret))
  })
  // Taken out when told: a second one in the same batch finds it gone.
  return entries.map(({ secret }) => fresh.delete(nameOf(secret)))
}

// One statement is a transaction by itself; to begin and end one around it costs twice as much again, at each opened layer.
async function inStatements(
  db: Knex,
  rows: readonly Row[],
  write: (run: Knex, rows: readonly Row[]) => Promise<void>,
): Promise<void> {
  if (rows.length <= rowsPerStatement) {
    await write(db, rows)
    return
  }
  await db.transaction(async transaction => {
    for (let from = 0; from < rows.length; from += rowsPerStatement)
      await write(transaction, rows.slice(from, from + rowsPerStatement))
  })
}

function nameOf(octets: Buffer): string {
  return octets.toString('latin1')
}
