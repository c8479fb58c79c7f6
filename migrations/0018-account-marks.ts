// By which users' accounts are told from others that get their names later.
import type { Knex } from 'knex'

/** Creates the table; for SQLite and PostgreSQL alike. */
export async function up(db: Knex): Promise<void> {
  await db.schema.createTable('account_marks', t => {
    t.text('user_address').primary()
    t.text('host').notNullable()
    t.text('account').notNullable()
  })
}
