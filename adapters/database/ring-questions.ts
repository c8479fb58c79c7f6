// Many questions to the key ring answered by one prepared statement. This is SQLite's own SQL: `json_each` makes a table of the
// questions, so that the text of the statement is the same for any number of them. Another database needs another file.
import type { Knex } from 'knex'
import type { RingEntry } from '../../plugin/ports.js'
import { prepareQuery } from './prepared.js'

type Name = readonly [kind: RingEntry['kind'], subject: string]

/** Finds the entry of each name, `null` where there is none. */
export function createFindNamed(db: Knex) {
  const query = prepareQuery<RingEntry>(
    db,
    `select ring.* from json_each(?) as asked
     join ring on ring.kind = asked.value ->> 0 and ring.subject = asked.value ->> 1`,
  )
  return async (names: readonly Name[]): Promise<(RingEntry | null)[]> => {
    const found = new Map((await query(JSON.stringify(names))).map(entry => [nameOf(entry), entry]))
    return names.map(([kind, subject]) => found.get(nameOf({ kind, subject })) ?? null)
  }
}

/** Finds up to 16 entries for each key ID. */
export function createFindKeyed(db: Knex) {
  // Key IDs can collide, by chance or by intent: each gets 16 of its own, whatever another one has.
  const query = prepareQuery<RingEntry & { readonly keyId: string }>(
    db,
    `select ring.*, key_id as keyId
     from (select key_id, kind, subject, row_number() over (partition by key_id) as place
           from json_each(?) as asked join ring_keys on key_id = asked.value) as numbered
     join ring using (kind, subject) where place <= 16`,
  )
  return async (keyIds: readonly string[]): Promise<RingEntry[][]> => {
    const found = new Map(keyIds.map(keyId => [keyId, [] as RingEntry[]]))
    for (const { keyId, ...entry } of await query(JSON.stringify([...found.keys()])))
      found.get(keyId)?.push(entry)
    return keyIds.map(keyId => found.get(keyId) ?? [])
  }
}

/** What an entry is stored under. */
export function nameOf({ kind, subject }: Pick<RingEntry, 'kind' | 'subject'>): string {
  return `${kind} ${subject}`
}
