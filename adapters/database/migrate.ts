// Brings a database up to this version's tables, and refuses one that is ahead of them.
import type { Knex } from 'knex'
import { migrations, type Migration } from '../../migrations/index.js'
import { PluginError } from '../../plugin/errors.js'

const migrationSource: Knex.MigrationSource<Migration> = {
  getMigrations: () => Promise.resolve([...migrations]),
  getMigrationName: migration => migration.name,
  getMigration: ({ up }) => Promise.resolve({ up, down: refuseDown }),
}

/**
 * Runs what is missing. The caller holds the database alone.
 * @throws PluginError `config-invalid` for a database of a newer version
 */
export async function migrate(db: Knex): Promise<void> {
  await refuseNewer(db)
  // A lock that is left can only be that of a process which died in the middle.
  await db.migrate.forceFreeMigrationsLock({ migrationSource })
  await db.migrate.latest({ migrationSource })
}

async function refuseNewer(db: Knex): Promise<void> {
  if (!(await db.schema.hasTable('knex_migrations'))) return
  const done = await db('knex_migrations').pluck<string[]>('name')
  if (done.every(name => migrations.some(migration => migration.name === name))) return
  throw new PluginError(
    'config-invalid',
    'The database was written by a newer version of P3DO; start that version, or restore a backup from before it.',
  )
}

function refuseDown(): Promise<never> {
  return Promise.reject(new Error('There are no steps back; restore a backup.'))
}
