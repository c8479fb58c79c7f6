// Servers to federate with beside those of the configuration.
import type { Knex } from 'knex'

/** Creates the table; for SQLite and PostgreSQL alike. */
export async function up(db: Knex): Promise<void> {
  await db.schema.createTable('peers', t => {
    t.text('domain').primary()
    // Null where any key is taken at the first contact.
    t.text('fingerprint')
    // added by an admin; asked and was met; removed, and not to be met again.
    t.text('origin').notNullable()
    t.bigInteger('since').notNullable()
  })
}
