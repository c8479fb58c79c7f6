// Who may read and change the files of the plugin: secrets, data, configuration.
import type { Stats } from 'node:fs'
import { stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Config } from '../../plugin/config.js'
import { PluginError } from '../../plugin/errors.js'
import { loadSecrets } from '../secret-files.js'
import { ok, warning, wrong, type Finding } from './finding.js'

interface Wanted {
  readonly path: string
  /** Bits that must not be set. */
  readonly forbidden: number
  /** What `chmod` is told. */
  readonly mode: string
  readonly what: string
}

const nobodyElse = 0o077
const nobodyElseWrites = 0o022

/** Looks at modes, owners and contents. Nothing of a secret is in the findings. */
export async function fileFindings(config: Config, configFile: string): Promise<Finding[]> {
  const found = await Promise.all(
    wantedFiles(config, configFile).map(async wanted => ({ wanted, state: await stateOf(wanted.path) })),
  )
  const there = found.flatMap(({ wanted, state }) => (state === null ? [] : [{ wanted, state }]))
  const findings = [
    ...there.flatMap(({ wanted, state }) => modeFindings(wanted, state)),
    ...ownerFindings(there),
    ...(await contentFindings(config)),
  ]
  return findings.length > 0
    ? findings
    : [
        ok(
          `Secrets, data and configuration are for their owner alone (${String(there.length)} files and folders).`,
        ),
      ]
}

function wantedFiles({ secrets, server, http }: Config, configFile: string): Wanted[] {
  const own = (path: string, what: string): Wanted => ({ path, forbidden: nobodyElse, mode: '600', what })
  const files = [secrets.component, secrets.serverKey, secrets.seal]
  const folders = [...new Set(files.map(dirname))]
  const besides = ['p3do.db', 'p3do.db-wal', 'p3do.db-shm', 'control.sock'].map(name =>
    join(server.data, name),
  )
  return [
    ...files.map(path => own(path, 'a secret')),
    ...(http.tls === null ? [] : [own(http.tls.key, 'a private key')]),
    ...folders.map(path => ({ path, forbidden: nobodyElseWrites, mode: '700', what: 'secrets' })),
    { path: server.data, forbidden: nobodyElse, mode: '700', what: 'the data' },
    ...besides.map(path => own(path, 'the data')),
    { path: configFile, forbidden: nobodyElseWrites, mode: '640', what: 'the configuration' },
  ]
}

function modeFindings({ path, forbidden, mode, what }: Wanted, state: Stats): Finding[] {
  if ((state.mode & forbidden) === 0) return []
  const may = forbidden === nobodyElse ? 'reach' : 'change'
  const shown = (state.mode & 0o777).toString(8).padStart(4, '0')
  return [wrong(`Others may ${may} ${what}: ${path} has mode ${shown}.`, `Run: chmod ${mode} ${path}`)]
}

// Readable for root, who asks, says nothing of the user that the plugin runs as.
function ownerFindings(there: readonly { wanted: Wanted; state: Stats }[]): Finding[] {
  const owned = there.filter(({ wanted }) => wanted.forbidden === nobodyElse)
  const [first] = owned
  const other = owned.find(({ state }) => state.uid !== first?.state.uid)
  if (first === undefined || other === undefined) return []
  return [
    warning(
      `${first.wanted.path} and ${other.wanted.path} belong to different users.`,
      'Give all of them to the user that the plugin runs as (chown).',
    ),
  ]
}

async function contentFindings({ secrets }: Config): Promise<Finding[]> {
  try {
    await loadSecrets(secrets)
    return []
  } catch (error) {
    // Modes are told already.
    if (error instanceof PluginError)
      return error.message.startsWith('Others may') ? [] : [wrong(error.message, null)]
    throw error
  }
}

async function stateOf(path: string): Promise<Stats | null> {
  return stat(path).catch(() => null)
}
