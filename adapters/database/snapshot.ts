// A consistent copy of the database while it is in use (SQLite "VACUUM INTO").
import { randomBytes } from 'node:crypto'
import { open, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Knex } from 'knex'

const name = /^snapshot-[0-9a-f]{16}\.db$/

/**
 * Writes the copy into the folder, for its owner only, and resolves to its path; whoever asked removes it. What is to be
 * stored meanwhile waits.
 */
export async function writeSnapshot(db: Knex, folder: string): Promise<string> {
  const file = join(folder, `snapshot-${randomBytes(8).toString('hex')}.db`)
  // SQLite writes into an empty file, which has the right mode already.
  await (await open(file, 'wx', 0o600)).close()
  try {
    await db.raw('vacuum into ?', [file])
    return file
  } catch (error) {
    await rm(file, { force: true })
    throw error
  }
}

/** Removes copies that nobody came for. The caller holds the database alone. */
export async function removeSnapshots(folder: string): Promise<void> {
  for (const left of await readdir(folder)) if (name.test(left)) await rm(join(folder, left))
}
