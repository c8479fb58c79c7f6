// Finds certificates on the ring by the ID of any of their keys.
import type { Knex } from 'knex'

/** Creates the table; for SQLite and PostgreSQL alike. Subkeys come in when a certificate is stored the next time. */
export async function up(db: Knex): Promise<void> {
  await db.schema.createTable('ring_keys', t => {
    t.text('key_id').notNullable()
    t.text('kind').notNullable()
    t.text('subject').notNullable()
    t.primary(['kind', 'subject', 'key_id'])
    t.index('key_id')
  })
  await db.raw(
    'insert into ring_keys (key_id, kind, subject) select substr(fingerprint, 27), kind, subject from ring',
  )
}
