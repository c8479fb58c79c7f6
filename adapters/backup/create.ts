// Makes a backup: a copy of the database first, then the files beside it, all in one encrypted file.
import { readFile, stat, type FileHandle } from 'node:fs/promises'
import { encodeManifest } from '../../plugin/backup/index.js'
import type { Config } from '../../plugin/config.js'
import { PluginError } from '../../plugin/errors.js'
import { readSecretFile, writeSecretFile } from '../secret-files.js'
import { packArchive } from './archive.js'
import { encrypted } from './encryption.js'

export interface BackupOptions {
  readonly config: Config
  /** The file that the configuration was read from. */
  readonly configFile: string
  /** Where the backup goes; nothing may be there. */
  readonly target: string
  readonly passphrase: string
  /** What a guess of the passphrase costs; see `encrypted`. */
  readonly workFactor: number
  /** Copies the database and opens the copy. */
  readonly openDatabase: () => Promise<FileHandle>
  /** Milliseconds. */
  readonly now: number
}

/**
 * The key file is read behind the database: a routing key that was made in between is in the newer of the two.
 * @throws PluginError `config-invalid` where the target exists, `secret-missing`
 */
export async function createBackup(options: BackupOptions): Promise<void> {
  const { config, configFile, target, passphrase, workFactor, openDatabase, now } = options
  await refuseExisting(target)
  const database = await openDatabase()
  try {
    const { component, seal, serverKey } = config.secrets
    const archive = packArchive(
      {
        'manifest.json': encodeManifest({ domain: config.server.domain, time: now }),
        'p3do.toml': await readFile(configFile),
        'secrets/component': await secretAt(component),
        'secrets/seal': await secretAt(seal),
        'secrets/server-key': await secretAt(serverKey),
      },
      database,
    )
    await writeSecretFile(target, await encrypted(archive, passphrase, workFactor))
  } finally {
    await database.close()
  }
}

async function secretAt(file: string): Promise<Buffer> {
  const octets = await readSecretFile(file)
  if (octets === null)
    throw new PluginError('secret-missing', `There is no ${file}; a backup without it would be of no use.`)
  return octets
}

async function refuseExisting(target: string): Promise<void> {
  const exists = await stat(target).then(
    () => true,
    () => false,
  )
  if (exists)
    throw new PluginError('config-invalid', `${target} exists already; give the backup another name.`)
}
