// What state a database is in, without changing it, and held so that no plugin starts meanwhile.
import database, { type Knex } from 'knex'
import { migrations } from '../../migrations/index.js'
import { databaseFile, hasDatabase } from './connection.js'

/** `current`, or with tables of an older or a newer version; `absent` before the first start. */
export type DatabaseVersion = 'absent' | 'current' | 'older' | 'newer'

export interface HeldDatabase {
  readonly version: DatabaseVersion
  release(): Promise<void>
}

/** `null` while a plugin, or another program, has it open. */
export async function holdDatabase(folder: string): Promise<HeldDatabase | null> {
  if (!(await hasDatabase(folder))) return { version: 'absent', release: () => Promise.resolve() }
  const db = database.knex({
    client: 'sqlite3',
    connection: { filename: databaseFile(folder) },
    useNullAsDefault: true,
    compileSqlOnError: false,
    pool: { min: 1, max: 1 },
  })
  try {
    await db.raw('pragma locking_mode = exclusive')
    await db.raw('begin immediate')
    return { version: await versionOf(db), release: () => db.destroy() }
  } catch (error) {
    await db.destroy()
    if ((error as { code?: unknown }).code === 'SQLITE_BUSY') return null
    throw error
  }
}

async function versionOf(db: Knex): Promise<DatabaseVersion> {
  if (!(await db.schema.hasTable('knex_migrations'))) return 'older'
  const done = await db('knex_migrations').pluck<string[]>('name')
  if (!done.every(name => migrations.some(migration => migration.name === name))) return 'newer'
  return migrations.every(({ name }) => done.includes(name)) ? 'current' : 'older'
}
