// Users' rules for contacts whose messages take the onion, sealed.
import type { Knex } from 'knex'

/** Creates the table; for SQLite and PostgreSQL alike. */
export async function up(db: Knex): Promise<void> {
  await db.schema.createTable('routing_rules', t => {
    t.text('user_address').primary()
    t.binary('sealed').notNullable()
  })
}
