// The way to the host: through the plugin that runs, or over a link of its own where none does. A second link would throw the
// plugin out of a Prosody with component_conflict_resolve = "kick_old".
import type { Config } from '../../plugin/config.js'
import { PluginError } from '../../plugin/errors.js'
import { systemClock } from '../clock.js'
import { askProbe } from '../control/index.js'
import { holdDatabase, type DatabaseVersion } from '../database/index.js'
import { systemRandom } from '../random.js'
import { loadSecrets } from '../secret-files.js'
import { openLoneProbe, type HostProbe } from '../xmpp/index.js'
import { ok, unknown, wrong, type Finding } from './finding.js'
import { peersOfConfig, peersOfRunning, type KnownPeer } from './peers.js'

export interface HostAccess {
  /** How the link is. */
  readonly link: readonly Finding[]
  /** `null` where nothing can be asked; `link` says why. */
  readonly probe: HostProbe | null
  /** `open` in the running plugin. */
  readonly database: DatabaseVersion | 'open'
  /** With those that were added while the plugin runs, where it runs. */
  readonly peers: readonly KnownPeer[]
  close(): Promise<void>
}

/** Asks the running plugin, or connects as it would. Never rejects for what is wrong with the link. */
export async function openHostAccess(config: Config): Promise<HostAccess> {
  const running = await askRunning(config)
  if (running !== null) return running
  const held = await holdDatabase(config.server.data)
  if (held === null) return unreachable([starting()], 'open')
  try {
    const { component, service } = config.server
    const secrets = await loadSecrets(config.secrets)
    const lone = await openLoneProbe({
      ...config.server,
      secret: secrets.component,
      clock: systemClock,
      random: systemRandom,
    })
    return {
      link: [ok(`The host at ${service} takes ${component} with this secret. The plugin does not run.`)],
      probe: lone.probe,
      database: held.version,
      peers: peersOfConfig(config),
      async close() {
        await lone.stop()
        await held.release()
      },
    }
  } catch (error) {
    await held.release()
    if (error instanceof PluginError) return unreachable([wrong(error.message, null)], held.version)
    throw error
  }
}

async function askRunning(config: Config): Promise<HostAccess | null> {
  const { data } = config.server
  try {
    const { reached, why } = await askProbe(data, { ask: 'link' })
    const link = reached
      ? ok('The plugin runs, and its link to the host is up.')
      : wrong(`The plugin runs, but ${why ?? 'has no link'}.`, 'Its log says why; it goes on trying.')
    return {
      link: [link],
      probe: reached ? question => askProbe(data, question) : null,
      database: 'open',
      peers: reached ? await peersOfRunning(data) : [],
      close: () => Promise.resolve(),
    }
  } catch (error) {
    if (!(error instanceof PluginError)) throw error
    if (error.code !== 'not-running') return unreachable([wrong(error.message, null)], 'open')
    if (!isAbsent(error.cause)) return unreachable([unknown(error.message)], 'open')
    return null
  }
}

// Whoever may not open the socket does not know whether a plugin listens behind it.
function isAbsent(cause: unknown): boolean {
  const code = cause instanceof Error && 'code' in cause ? cause.code : null
  return code === 'ENOENT' || code === 'ECONNREFUSED'
}

function starting(): Finding {
  return wrong(
    'P3DO is starting and has not joined yet: it waits for the host, or for its rooms.',
    'Its log says for what. To have more looked at, stop it and run p3do doctor again.',
  )
}

function unreachable(link: Finding[], database: HostAccess['database']): HostAccess {
  return { link, probe: null, database, peers: [], close: () => Promise.resolve() }
}
