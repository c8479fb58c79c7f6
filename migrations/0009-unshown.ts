// Which of the last messages of a conversation were not shown, so that a sender who asks again hears the same.
import type { Knex } from 'knex'

/** Adds the column; for SQLite and PostgreSQL alike. */
export async function up(db: Knex): Promise<void> {
  await db.schema.alterTable('incoming', t => {
    // A list in JSON: numbers and what became of them, nothing of the messages.
    t.text('unshown').notNullable().defaultTo('[]')
  })
}
