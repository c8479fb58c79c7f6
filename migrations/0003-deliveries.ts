// Messages on their way: those that go out until they are acknowledged, those that come in until they are shown.
import type { Knex } from 'knex'

/** Creates the tables; for SQLite and PostgreSQL alike. */
export async function up(db: Knex): Promise<void> {
  await db.schema.createTable('conversations', t => {
    // A keyed hash of sender and recipient: the table tells nobody who writes to whom.
    t.binary('name').primary()
    t.binary('conversation').notNullable()
    t.bigInteger('next').notNullable()
  })
  await db.schema.createTable('outgoing', t => {
    t.binary('conversation').notNullable()
    t.bigInteger('sequence').notNullable()
    t.bigInteger('accepted').notNullable()
    t.binary('sealed').notNullable()
    t.primary(['conversation', 'sequence'])
  })
  await db.schema.createTable('incoming', t => {
    t.binary('name').primary()
    t.bigInteger('next').notNullable()
    t.boolean('showing').notNullable()
  })
  await db.schema.createTable('parts', t => {
    t.binary('name').notNullable()
    t.bigInteger('sequence').notNullable()
    t.integer('part').notNullable()
    t.integer('parts').notNullable()
    t.bigInteger('arrived').notNullable()
    t.binary('sealed').notNullable()
    // A message that is sent again may be cut into other parts.
    t.primary(['name', 'sequence', 'parts', 'part'])
  })
}
