// `p3do init`: writes configuration, secrets and the host's snippet, and says what comes next.
import { randomBytes } from 'node:crypto'
import { mkdir, stat, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseConfig, type Config } from '../../plugin/config.js'
import { PluginError } from '../../plugin/errors.js'
import { writeSecretFile } from '../secret-files.js'
import { renderConfigFile, type GivenValues } from './config-file.js'
import { ejabberdSnippet } from './ejabberd-snippet.js'
import { hostModules, writeHostModule } from './host-module.js'
import { nextSteps } from './next-steps.js'
import { prosodySnippet } from './prosody-snippet.js'
import { systemdUnit } from './systemd-unit.js'

/** The options of the command as commander gives them. */
export interface InitOptions {
  readonly domain: string
  readonly host: string
  readonly component?: string
  readonly profile?: string
  readonly peer?: readonly string[]
  readonly service?: string
  /** `system`: state in /var/lib/p3do, and a unit for systemd. */
  readonly layout?: string
  readonly folder?: string
  readonly force?: boolean
}

/**
 * Writes the files and returns what to tell the admin.
 * @throws PluginError `config-invalid` for a bad option, or where a file exists and `force` is not set; nothing is written then
 */
export async function initialise(options: InitOptions): Promise<string> {
  const isSystem = options.layout === 'system'
  const folder = resolve(options.folder ?? (isSystem ? '/etc/p3do' : '.'))
  const given = givenValues(options)
  const config = parseConfig(given, {}, folder)
  const modules = hostModules(config.server.host, folder)
  const unit = isSystem ? join(folder, 'p3do.service') : null
  const files = {
    config: join(folder, 'p3do.toml'),
    snippet: join(folder, snippetName(config)),
    modules,
    unit,
  }
  const force = options.force === true
  const { component, seal } = config.secrets
  const ours = [...modules, ...(unit === null ? [] : [unit])]
  if (!force) await refuseExisting([files.config, files.snippet, component, seal, ...ours])

  const secret = randomBytes(32).toString('hex')
  await mkdir(folder, { recursive: true })
  await writeSecretFile(config.secrets.component, `${secret}\n`, force)
  // What lies in the database opens under the old key only, so that one is kept.
  if (!(await exists(config.secrets.seal))) {
    await writeSecretFile(config.secrets.seal, `${randomBytes(32).toString('hex')}\n`)
  }
  await writeSecretFile(files.snippet, snippetText(config, secret), force)
  await writeFile(files.config, renderConfigFile(given))
  for (const module of modules) await writeHostModule(config.server.host, module)
  if (unit !== null) await writeFile(unit, systemdUnit(config, { ...thisProgram(), config: files.config }))
  return nextSteps(config, files)
}

function thisProgram(): { node: string; program: string } {
  return { node: process.execPath, program: fileURLToPath(import.meta.resolve('#bin/p3do.js')) }
}

const state = '/var/lib/p3do'

function givenValues({ domain, host, component, profile, peer, service, layout }: InitOptions): GivenValues {
  const isSystem = layout === 'system'
  return {
    server: { domain, host, ...given({ component, service, data: isSystem ? `${state}/data` : undefined }) },
    // The plugin writes this one itself.
    secrets: given({ server_key: isSystem ? `${state}/server-key` : undefined }),
    mor: given({ profile }),
    federation: given({ peers: peer }),
  }
}

type Given = Readonly<Record<string, string | readonly string[]>>

function given(values: Readonly<Record<string, string | readonly string[] | undefined>>): Given {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Given
}

function snippetName(config: Config): string {
  return config.server.host === 'prosody' ? 'p3do.cfg.lua' : 'p3do.ejabberd.yml'
}

function snippetText(config: Config, secret: string): string {
  return config.server.host === 'prosody' ? prosodySnippet(config, secret) : ejabberdSnippet(config, secret)
}

async function refuseExisting(files: readonly string[]): Promise<void> {
  for (const file of files) {
    if (await exists(file)) {
      throw new PluginError(
        'config-invalid',
        `${file} exists already; use another --folder, or --force to replace it.`,
      )
    }
  }
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  )
}
