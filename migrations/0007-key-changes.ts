// Keys of servers that were replaced by others.
import type { Knex } from 'knex'

/** Creates the table; for SQLite and PostgreSQL alike. */
export async function up(db: Knex): Promise<void> {
  await db.schema.createTable('key_changes', t => {
    t.text('domain').notNullable()
    t.text('replaced').notNullable()
    t.text('successor').notNullable()
    t.text('how').notNullable()
    t.bigInteger('at').notNullable()
    t.primary(['domain', 'replaced'])
  })
}
