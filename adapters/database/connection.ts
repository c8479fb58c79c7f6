// Opens the SQLite file: for its owner only, for this process only, and durable.
import { chmod, mkdir, open, stat } from 'node:fs/promises'
import { join } from 'node:path'
import database, { type Knex } from 'knex'
import { PluginError } from '../../plugin/errors.js'
import { migrate } from './migrate.js'

interface Connection {
  exec(sql: string, done: (error: Error | null) => void): void
}

// SQLite "PRAGMA". EXCLUSIVE: a second process would have a replay memory of its own. FULL: what is committed stays
// through a loss of power, as opened secrets must.
const pragmas = `
  pragma locking_mode = exclusive;
  pragma journal_mode = wal;
  pragma synchronous = full;
  pragma foreign_keys = on;
`

/**
 * The database in a folder, migrated; folder and file are made where they are missing.
 * @throws PluginError `config-invalid`, which says what to do
 */
export async function openDatabase(folder: string): Promise<Knex> {
  const filename = databaseFile(folder)
  await makePrivateFile(folder, filename)
  const db = database.knex({
    client: 'sqlite3',
    connection: { filename },
    useNullAsDefault: true,
    // Knex prints to the console what it throws as well.
    log: { warn: quiet, error: quiet, deprecate: quiet, debug: quiet },
    // Its errors would repeat the values, and bring users' addresses into the log.
    compileSqlOnError: false,
    // One connection, never given up: the lock on the file hangs on it.
    pool: {
      min: 1,
      max: 1,
      afterCreate: (connection: Connection, done: (error: Error | null, connection: Connection) => void) => {
        connection.exec(pragmas, error => {
          done(error, connection)
        })
      },
    },
  })
  try {
    await migrate(db)
    return db
  } catch (error) {
    await db.destroy()
    throw explained(error, filename)
  }
}

/** Whether `openDatabase` finds one there. */
export function hasDatabase(folder: string): Promise<boolean> {
  return stat(databaseFile(folder)).then(
    () => true,
    () => false,
  )
}

/** Where the database of a folder is. */
export function databaseFile(folder: string): string {
  return join(folder, 'p3do.db')
}

const quiet = () => undefined

// SQLite gives the files beside it the mode of the database.
async function makePrivateFile(folder: string, filename: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await (await open(filename, 'a', 0o600)).close()
    await chmod(filename, 0o600)
  } catch (error) {
    const message = `${filename} cannot be written; set server.data to a folder that belongs to this user.`
    throw new PluginError('config-invalid', message, { cause: error })
  }
}

function explained(error: unknown, filename: string): unknown {
  const { code } = error as { code?: unknown }
  const fix = typeof code === 'string' ? fixes[code] : undefined
  return fix === undefined ? error : new PluginError('config-invalid', `${filename} ${fix}`, { cause: error })
}

const fixes: Readonly<Record<string, string>> = {
  SQLITE_BUSY: 'is in use; stop the other p3do that runs with this folder.',
  SQLITE_NOTADB: 'is not a database of P3DO; restore a backup, or move it away to begin afresh.',
  SQLITE_CORRUPT: 'is damaged; restore a backup, or move it away to begin afresh.',
  SQLITE_FULL: 'has no room left on its disk; make room.',
  SQLITE_READONLY: 'cannot be written; give its folder to this user.',
}
