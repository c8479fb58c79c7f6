// `p3do backup` and `p3do restore`.
import { open, rm, type FileHandle } from 'node:fs/promises'
import { PluginError } from '../../plugin/errors.js'
import { createBackup, restoreBackup } from '../backup/index.js'
import { systemClock } from '../clock.js'
import { askSnapshot } from '../control/index.js'
import { openStore } from '../database/index.js'
import { loadConfig } from '../toml-config.js'
import { readPassphrase } from './passphrase.js'
import type { Surroundings } from './run.js'

/** As commander gives them. */
export interface BackupCommandOptions {
  readonly config: string
  readonly workFactor: string
  readonly passphraseFile?: string
}

export interface RestoreCommandOptions {
  readonly folder: string
  readonly workFactor: string
  readonly passphraseFile?: string
}

/** Backs up a server whether its plugin runs or not. @throws PluginError */
export async function backup(
  target: string,
  { config: configFile, passphraseFile, workFactor }: BackupCommandOptions,
  { env, out, err, input }: Surroundings,
): Promise<void> {
  const config = await loadConfig(configFile, env)
  const passphrase = await readPassphrase({ file: passphraseFile, isNew: true, input, err })
  const openDatabase = () => openSnapshot(config.server.data)
  await createBackup({
    config,
    configFile,
    target,
    passphrase,
    workFactor: Number(workFactor),
    openDatabase,
    now: systemClock.now(),
  })
  out.write(`The backup is in ${target}. Keep it away from this machine, and its passphrase away from it.\n`)
}

/** Restores a server on a machine where it is not. @throws PluginError */
export async function restore(
  file: string,
  { folder, passphraseFile, workFactor }: RestoreCommandOptions,
  { out, err, input }: Surroundings,
): Promise<void> {
  const passphrase = await readPassphrase({ file: passphraseFile, isNew: false, input, err })
  const { domain, time, configFile } = await restoreBackup({
    file,
    folder,
    passphrase,
    workFactor: Number(workFactor),
  })
  out.write(`${domain} is restored as it was on ${new Date(time).toISOString()}.

What happened since then is not in it: revocations, new users' keys, X.509 certificates. Bring revocations again (docs/operations.md).
Never let this server run in two places. Next:
  p3do check --config ${configFile}
  p3do run --config ${configFile}
`)
}

// Removed as soon as it is open: what is read is gone with the last one who reads it.
async function openSnapshot(folder: string): Promise<FileHandle> {
  const path = await snapshotOf(folder)
  const handle = await open(path, 'r')
  await rm(path)
  return handle
}

async function snapshotOf(folder: string): Promise<string> {
  try {
    return await askSnapshot(folder)
  } catch (error) {
    if (!(error instanceof PluginError && error.code === 'not-running')) throw error
  }
  const store = await openStore(folder)
  return store.snapshot().finally(() => store.close())
}
