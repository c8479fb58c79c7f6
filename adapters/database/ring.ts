// The key ring in the database. Questions and changes that come while others are on their way are put together: one statement
// answers many, and the disk confirms a transaction of many at once.
import type { Knex } from 'knex'
import type { RingEntry, RingStore } from '../../plugin/ports.js'
import { createBatcher } from './batch.js'
import { createFindKeyed, createFindNamed, nameOf } from './ring-questions.js'
import { boundValues, type Row } from './values.js'

interface Change {
  readonly entry: RingEntry
  readonly keyIds: readonly string[]
}

// Up to six values a row; SQLite takes 32,766 in one statement.
const rowsPerStatement = 1000

/** The store of one database. */
export function createRingStore(db: Knex): RingStore {
  const ring = () => db<RingEntry>('ring')
  const change = createBatcher((changes: readonly Change[]) => putAll(db, changes))
  const named = createBatcher(createFindNamed(db), 2)
  const keyed = createBatcher(createFindKeyed(db), 2)
  return {
    find: (kind, subject) => named([kind, subject]),
    list(kind, domain, changedAfter, most) {
      const matching = ring().where({ kind }).andWhere('changed', '>', changedAfter).orderBy('changed')
      const ofDomain = domain === null ? matching : matching.andWhere({ domain })
      return most === undefined ? ofDomain : ofDomain.limit(most)
    },
    async changedBetween(from, to, most) {
      const span = ring().select('fingerprint').whereIn('kind', ['server', 'user', 'ended'])
      const rows = await span
        .andWhere('changed', '>=', from)
        .andWhere('changed', '<', to)
        .orderBy('changed')
        .limit(most)
      return rows.map(({ fingerprint }) => fingerprint)
    },
    withKey: keyed,
    async put(entry, keyIds = [entry.fingerprint.slice(-16)]) {
      await change({ entry, keyIds })
    },
  }
}

async function putAll(db: Knex, changes: readonly Change[]): Promise<null[]> {
  // Of one name the last one stays.
  const latest = [...new Map(changes.map(change => [nameOf(change.entry), change])).values()]
  await db.transaction(transaction => putSome(transaction, latest))
  return changes.map(() => null)
}

async function putSome(transaction: Knex, changes: readonly Change[]): Promise<void> {
  const names = changes.map(({ entry: { kind, subject } }): Row => [kind, subject])
  const entries = changes.map(({ entry }): Row => columns.map(column => entry[column]))
  const keys = changes.flatMap(({ entry: { kind, subject }, keyIds }) =>
    [...new Set(keyIds)].map((keyId): Row => [kind, subject, keyId]),
  )
  await run(transaction, `insert into ring (${columns.join(', ')}) values %s ${replacing}`, entries)
  await run(transaction, 'delete from ring_keys where (kind, subject) in (values %s)', names)
  await run(transaction, 'insert into ring_keys (kind, subject, key_id) values %s', keys)
}

const columns = ['kind', 'subject', 'domain', 'fingerprint', 'certificate', 'changed'] as const
const replacing = `on conflict (kind, subject) do update set ${columns
  .slice(2)
  .map(column => `${column} = excluded.${column}`)
  .join(', ')}`

// %s stands for the rows.
async function run(db: Knex, statement: string, rows: readonly Row[]): Promise<void> {
  for (let from = 0; from < rows.length; from += rowsPerStatement) {
    const some = rows.slice(from, from + rowsPerStatement)
    await db.raw(statement.replace('%s', boundValues(some)), some.flat())
  }
}
