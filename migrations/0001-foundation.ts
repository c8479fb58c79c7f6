// The first tables: what was seen and opened, own contexts, the key ring, hosted keys, users' routes.
import type { Knex } from 'knex'

/** Creates the tables; for SQLite and PostgreSQL alike. */
export async function up(db: Knex): Promise<void> {
  // Both are looked up by a 16-octet key only and grow with every cell: SQLite then needs no row id beside the key.
  const { config } = db.client as { config: { client: unknown } }
  const [octets, suffix] = config.client === 'sqlite3' ? ['blob', ' without rowid'] : ['bytea', '']
  await db.raw(`create table seen (hash ${octets} primary key, expires bigint not null)${suffix}`)
  await db.raw(`create table opened (secret ${octets} primary key, expires bigint not null)${suffix}`)
  for (const table of ['seen', 'opened']) {
    await db.schema.alterTable(table, t => {
      t.index('expires')
    })
  }
  await createKeyTables(db)
}

async function createKeyTables(db: Knex): Promise<void> {
  await db.schema.createTable('contexts', t => {
    t.text('name').primary()
    t.text('context_group').notNullable()
    // Sealed.
    t.binary('keys').notNullable()
  })
  await db.schema.createTable('ring', t => {
    t.text('kind').notNullable()
    t.text('subject').notNullable()
    t.text('domain').notNullable()
    t.text('fingerprint').notNullable()
    t.binary('certificate').notNullable()
    t.bigInteger('changed').notNullable()
    t.primary(['kind', 'subject'])
    t.index(['kind', 'changed'])
  })
  await db.schema.createTable('hosted_keys', t => {
    t.text('user_address').primary()
    t.binary('sealed').notNullable()
  })
  await db.schema.createTable('routes', t => {
    t.text('user_address').notNullable()
    t.text('destination').notNullable()
    // JSON: the domains from first hop to last.
    t.text('route').notNullable()
    t.primary(['user_address', 'destination'])
  })
}
