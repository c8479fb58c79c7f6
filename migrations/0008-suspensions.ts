// Servers that show another key than the known one.
import type { Knex } from 'knex'

/** Creates the table; for SQLite and PostgreSQL alike. */
export async function up(db: Knex): Promise<void> {
  await db.schema.createTable('suspensions', t => {
    t.text('domain').primary()
    t.text('known').notNullable()
    t.text('shown').notNullable()
    t.text('place').notNullable()
    t.bigInteger('since').notNullable()
    t.bigInteger('seen').notNullable()
    t.bigInteger('seen_for').notNullable()
    t.text('allowed')
    t.boolean('told').notNullable()
  })
}
