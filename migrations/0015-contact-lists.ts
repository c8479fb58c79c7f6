// Which contacts users have in their lists, sealed.
import type { Knex } from 'knex'

/** Creates the table; for SQLite and PostgreSQL alike. */
export async function up(db: Knex): Promise<void> {
  await db.schema.createTable('contact_lists', t => {
    t.text('user_address').primary()
    t.binary('sealed').notNullable()
  })
}
