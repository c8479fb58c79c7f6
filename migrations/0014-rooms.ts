// Rooms that people lend as contexts, with who may listen, sealed.
import type { Knex } from 'knex'

/** Creates the table; for SQLite and PostgreSQL alike. */
export async function up(db: Knex): Promise<void> {
  await db.schema.createTable('rooms', t => {
    t.text('room').primary()
    t.binary('sealed').notNullable()
  })
}
