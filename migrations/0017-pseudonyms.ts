// Pseudonyms of users: under names that tell nobody which one it is, sealed.
import type { Knex } from 'knex'

/** Creates the table; for SQLite and PostgreSQL alike. */
export async function up(db: Knex): Promise<void> {
  await db.schema.createTable('pseudonyms', t => {
    t.binary('name').primary()
    t.binary('sealed').notNullable()
  })
}
