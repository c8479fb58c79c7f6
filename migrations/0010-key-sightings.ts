// What other servers say of the keys that they see.
import type { Knex } from 'knex'

/** Creates the table; for SQLite and PostgreSQL alike. */
export async function up(db: Knex): Promise<void> {
  await db.schema.createTable('key_sightings', t => {
    t.text('domain').notNullable()
    t.text('witness').notNullable()
    t.text('fingerprint').notNullable()
    t.bigInteger('since').notNullable()
    t.bigInteger('seen').notNullable()
    t.bigInteger('heard_since').notNullable()
    t.bigInteger('heard').notNullable()
    t.primary(['domain', 'witness'])
  })
}
