// Secrets in files of their own, readable for their owner only.
import { chmod, mkdir, open, readFile, rename, rm, stat, type FileHandle, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Config, Secrets } from '../plugin/config.js'
import { PluginError } from '../plugin/errors.js'
import type { KeyFile } from '../plugin/ports.js'

// A secret, or a server key with the history of its routing keys.
const longestSecret = 262_144

/**
 * The secrets that must exist before the start.
 * @throws PluginError `secret-missing`, `config-invalid`; both name the file and the command that mends it
 */
export async function loadSecrets(paths: Config['secrets']): Promise<Secrets> {
  return parseSecrets(paths, await required(paths.component), await required(paths.seal))
}

/**
 * The secrets from what those files hold.
 * @throws PluginError `config-invalid`, which names the file
 */
export function parseSecrets(paths: Config['secrets'], component: Buffer, seal: Buffer): Secrets {
  return { component: printableSecret(paths.component, component), seal: sealKey(paths.seal, seal) }
}

/**
 * The octets of a secret file, or null where there is none.
 * @throws PluginError `config-invalid` for a file that others may read, or that is no file of sensible size
 */
export async function readSecretFile(file: string): Promise<Buffer | null> {
  const state = await stat(file).catch(absent)
  if (state === null) return null
  if (!state.isFile() || state.size > longestSecret)
    throw invalid(`${file} is not a secret file; name another one.`)
  if ((state.mode & 0o077) !== 0) throw invalid(`Others may read ${file}; run: chmod 600 ${file}`)
  return readFile(file)
}

/**
 * Writes a secret file whole or not at all, with mode 0600.
 * @throws PluginError `config-invalid` where it exists and `overwrite` is not set
 */
export async function writeSecretFile(
  file: string,
  secret: string | Uint8Array | AsyncIterable<Uint8Array>,
  overwrite = false,
): Promise<void> {
  if (!overwrite && (await stat(file).catch(absent)) !== null) {
    throw invalid(`${file} exists and is kept; use --force to replace it.`)
  }
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  const draft = `${file}.${process.pid}.draft`
  // Left by a process that died in between; in a container all have the same number.
  await rm(draft, { force: true })
  try {
    await withFile(draft, 'wx', async handle => {
      await writeFile(handle, secret)
      await handle.sync()
    })
    await chmod(draft, 0o600)
    await rename(draft, file)
    // Without this a loss of power may bring the old file back.
    await withFile(dirname(file), 'r', handle => handle.sync())
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
}

async function withFile(
  path: string,
  flags: string,
  use: (handle: FileHandle) => Promise<void>,
): Promise<void> {
  const handle = await open(path, flags, 0o600)
  await use(handle).finally(() => handle.close())
}

/** The server key's file as the KeyFile port. */
export function keyFileAt(file: string): KeyFile {
  return {
    load: () => readSecretFile(file),
    save: octets => writeSecretFile(file, octets, true),
  }
}

async function required(file: string): Promise<Buffer> {
  const octets = await readSecretFile(file)
  if (octets === null)
    throw new PluginError('secret-missing', `There is no ${file}; run p3do init, or put the secret there.`)
  return octets
}

function printableSecret(file: string, octets: Buffer): string {
  const secret = octets.toString('utf8').trim()
  if (!/^[\x21-\x7e]{8,1024}$/.test(secret)) {
    throw invalid(`${file} must hold the component's secret: one line, 8 to 1,024 printable characters.`)
  }
  return secret
}

function sealKey(file: string, octets: Buffer): Buffer {
  const digits = octets.toString('latin1').trim()
  if (!/^[0-9a-f]{64}$/i.test(digits))
    throw invalid(`${file} must hold 64 hex digits; p3do init writes such a file.`)
  return Buffer.from(digits, 'hex')
}

function absent(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null
  throw invalid('A secret file cannot be read; check the permissions of its folder.', error)
}

function invalid(message: string, cause?: unknown): PluginError {
  return new PluginError('config-invalid', message, { cause })
}
