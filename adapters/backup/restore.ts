// Restores a backup where its configuration says: everything is checked aside first, and put in place last.
import { open, readdir, rename, stat, type FileHandle } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'
import { forgetUsedState, parseManifest, type Manifest } from '../../plugin/backup/index.js'
import type { Config } from '../../plugin/config.js'
import { PluginError } from '../../plugin/errors.js'
import { openStore } from '../database/index.js'
import { parseSecrets, writeSecretFile } from '../secret-files.js'
import { parseConfigText } from '../toml-config.js'
import { unpackArchive, type SmallMember } from './archive.js'
import { decrypted } from './encryption.js'
import { broken } from './errors.js'
import { createUndo, type Undo } from './undo.js'

export interface RestoreOptions {
  readonly file: string
  /** Where p3do.toml goes; relative paths in it are relative to this folder. */
  readonly folder: string
  readonly passphrase: string
  /** What opening it may cost, as in `encrypted`. */
  readonly workFactor: number
}

export interface Restored extends Manifest {
  readonly configFile: string
}

interface Plan extends Restored {
  readonly config: Config
  /** Folder of the database until it is put in place. */
  readonly aside: string
}

/**
 * Nothing that exists is replaced, and where anything fails nothing is left.
 * @throws PluginError `backup-invalid`, `config-invalid`, `secret-missing`
 */
export async function restoreBackup({
  file,
  folder,
  passphrase,
  workFactor,
}: RestoreOptions): Promise<Restored> {
  const backup = await openBackup(file)
  const undo = createUndo()
  try {
    const sealed = Readable.toWeb(backup.createReadStream()) as ReadableStream<Uint8Array>
    const plain = await decrypted(sealed, passphrase, workFactor)
    const plans: Plan[] = []
    const small = await unpacked(plain, async (members, chunks) => {
      const plan = await planOf(members, resolve(folder))
      plans.push(plan)
      await undo.makeFolder(plan.aside)
      await writeDatabase(join(plan.aside, 'p3do.db'), chunks)
    })
    const [plan] = plans as [Plan]
    await putInPlace(plan, small, await prepare(plan, small), undo)
    return plan
  } catch (error) {
    await undo.all()
    throw error
  } finally {
    await backup.close()
  }
}

async function openBackup(file: string): Promise<FileHandle> {
  return open(file, 'r').catch((cause: unknown) => {
    throw new PluginError('config-invalid', `${file} cannot be read; name the backup to restore.`, { cause })
  })
}

async function unpacked(
  plain: ReadableStream<Uint8Array>,
  write: Parameters<typeof unpackArchive>[1],
): Promise<Record<SmallMember, Buffer>> {
  try {
    return await unpackArchive(plain, write, parseManifest)
  } catch (error) {
    // The libraries say in one way or another that octets were changed or are missing; the file system has a name for its errors.
    if (error instanceof PluginError || (error instanceof Error && 'syscall' in error)) throw error
    throw broken('is damaged or not complete', error)
  }
}

async function planOf(members: Readonly<Record<SmallMember, Buffer>>, folder: string): Promise<Plan> {
  const manifest = parseManifest(members['manifest.json'])
  const configFile = join(folder, 'p3do.toml')
  const config = parseConfigText(configFile, members['p3do.toml'].toString('utf8'), {})
  if (config.server.domain !== manifest.domain) throw broken('holds the configuration of another domain')
  for (const path of [configFile, ...Object.values(config.secrets)]) {
    if (await exists(path)) throw occupied(path)
  }
  if ((await exists(config.server.data)) && (await readdir(config.server.data)).length > 0)
    throw occupied(config.server.data)
  return { ...manifest, configFile, config, aside: `${config.server.data}.restoring` }
}

async function writeDatabase(path: string, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  const handle = await open(path, 'wx', 0o600)
  try {
    for await (const chunk of chunks) await handle.writeFile(chunk)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Opens everything once, as the plugin will. Resolves to the server key that is put in place. */
async function prepare(plan: Plan, small: Readonly<Record<SmallMember, Buffer>>): Promise<Buffer> {
  const { seal } = parseSecrets(plan.config.secrets, small['secrets/component'], small['secrets/seal'])
  const store = await openStore(plan.aside)
  try {
    return await forgetUsedState(plan.domain, small['secrets/server-key'], store, seal)
  } finally {
    await store.close()
  }
}

// The configuration comes last: without it nothing starts.
async function putInPlace(
  { config, configFile, aside }: Plan,
  small: Readonly<Record<SmallMember, Buffer>>,
  serverKey: Buffer,
  undo: Undo,
): Promise<void> {
  const { component, seal, serverKey: keyFile } = config.secrets
  const files: [string, Buffer][] = [
    [component, small['secrets/component']],
    [seal, small['secrets/seal']],
    [keyFile, serverKey],
  ]
  // Noted when it is there: what somebody else put there in between is not ours to remove.
  await rename(aside, config.server.data)
  undo.add(config.server.data)
  for (const [path, octets] of [...files, [configFile, small['p3do.toml']] as [string, Buffer]]) {
    await writeSecretFile(path, octets)
    undo.add(path)
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}

function occupied(path: string): PluginError {
  return new PluginError(
    'config-invalid',
    `${path} exists already; restore into another --folder. Nothing was restored.`,
  )
}
