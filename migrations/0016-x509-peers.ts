// The X.509 authorities of peers, with what binds them and what they took back.
import type { Knex } from 'knex'

/** Creates the table; for SQLite and PostgreSQL alike. */
export async function up(db: Knex): Promise<void> {
  await db.schema.createTable('x509_peers', t => {
    t.text('domain').primary()
    t.binary('authority').notNullable()
    t.binary('text').notNullable()
    t.binary('signature').notNullable()
    t.binary('list').notNullable()
    t.bigInteger('fetched').notNullable()
  })
}
