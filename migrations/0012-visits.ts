// Visits of users of other servers, sealed.
import type { Knex } from 'knex'

/** Creates the table; for SQLite and PostgreSQL alike. */
export async function up(db: Knex): Promise<void> {
  await db.schema.createTable('visits', t => {
    t.binary('name').primary()
    t.binary('sealed').notNullable()
  })
}
