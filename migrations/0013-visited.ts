// Conversations that came in for users of other servers who visit, sealed, until their own servers have been told of them.
import type { Knex } from 'knex'

/** Creates the table; for SQLite and PostgreSQL alike. */
export async function up(db: Knex): Promise<void> {
  await db.schema.createTable('visited', t => {
    t.binary('name').primary()
    t.binary('sealed').notNullable()
  })
}
