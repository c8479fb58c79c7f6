// What was seen of the records of other domains in DNS.
import type { Knex } from 'knex'

/** Creates the table; for SQLite and PostgreSQL alike. */
export async function up(db: Knex): Promise<void> {
  await db.schema.createTable('dns_seen', t => {
    t.text('domain').primary()
    t.boolean('secured').notNullable()
    // The highest number of the records.
    t.bigInteger('number').notNullable()
  })
}
