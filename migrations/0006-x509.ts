// The X.509 authority of the domain, and every certificate that it issued.
import type { Knex } from 'knex'

/** Creates the tables; for SQLite and PostgreSQL alike. */
export async function up(db: Knex): Promise<void> {
  await db.schema.createTable('x509_authority', t => {
    // One row.
    t.integer('id').primary()
    t.text('certificate').notNullable()
    // Sealed.
    t.binary('key').notNullable()
  })
  await db.schema.createTable('x509_certificates', t => {
    t.text('serial').primary()
    t.text('user_address')
    t.bigInteger('issued').notNullable()
    t.bigInteger('expires').notNullable()
    t.bigInteger('revoked')
    t.text('reason')
    t.integer('reminded').notNullable()
    t.index('user_address')
    t.index('expires')
  })
}
