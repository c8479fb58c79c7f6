// What of a changed configuration is taken up while the plugin runs: who is an admin, and what is logged.
import type { Config } from './config.js'
import type { LogLevel, UserAddress } from './ports.js'

export interface ReloadOptions {
  /** The one that the plugin was started with. */
  readonly config: Config
  /** Reads the configuration anew. @throws PluginError `config-invalid` */
  readonly reread: () => Promise<Config>
  /** The list that everybody looks into; it is changed in place. */
  readonly admins: UserAddress[]
  readonly setLogLevel: (level: LogLevel) => void
}

/** Resolves to what happened, in words. @throws PluginError `config-invalid`; nothing has changed then */
export type Reload = () => Promise<string>

export function createReload({ config, reread, admins, setLogLevel }: ReloadOptions): Reload {
  let { admins: knownAdmins } = config.server
  let { level } = config.log
  return async () => {
    const next = await reread()
    const taken: string[] = []
    if (!isSame(next.server.admins, knownAdmins)) {
      knownAdmins = next.server.admins
      admins.splice(0, admins.length, ...knownAdmins)
      taken.push('server.admins')
    }
    if (next.log.level !== level) {
      level = next.log.level
      setLogLevel(level)
      taken.push('log.level')
    }
    return inWords(taken, sectionsForRestart(config, next))
  }
}

// Everything else is built into what runs.
function sectionsForRestart(config: Config, next: Config): string[] {
  const fixed = ({ server, log, ...rest }: Config): Record<string, unknown> => ({
    ...rest,
    server: { ...server, admins: null },
    log: { ...log, level: null },
  })
  const [before, after] = [fixed(config), fixed(next)]
  return Object.keys(after).filter(section => !isSame(after[section], before[section]))
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}

function inWords(taken: readonly string[], later: readonly string[]): string {
  const lines = [
    ...(taken.length === 0 ? [] : [`Taken up: ${taken.join(', ')}.`]),
    ...(later.length === 0
      ? []
      : [
          `Taken up when the plugin is started anew: what is new in ${later.map(name => `[${name}]`).join(', ')}.`,
        ]),
  ]
  return lines.length === 0 ? 'The configuration is the same as before.' : lines.join('\n')
}
