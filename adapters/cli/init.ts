// `p3do init`: writes configuration, secrets and the host's snippet, and says what comes next.
import { randomBytes } from 'node:crypto'
import { copyFile, mkdir, stat, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseConfig, type Config } from '../../plugin/config.js'
import { PluginError } from '../../plugin/errors.js'
import { writeSecretFile } from '../secret-files.js'
import { renderConfigFile, type GivenValues } from './config-file.js'
import { ejabberdSnippet } from './ejabberd-snippet.js'
import { nextSteps } from './next-steps.js'
import { prosodySnippet } from './prosody-snippet.js'

/** The options of the command as commander gives them. */
export interface InitOptions {
  readonly domain: string
  readonly host: string
  readonly component?: string
  readonly profile?: string
  readonly peer?: readonly string[]
  readonly folder: string
  readonly force?: boolean
}

/**
 * Writes the files and returns what to tell the admin.
 * @throws PluginError `config-invalid` for a bad option, or where a file exists and `force` is not set; nothing is written then
 */
export async function initialise(options: InitOptions): Promise<string> {
  const folder = resolve(options.folder)
  const given = givenValues(options)
  const config = parseConfig(given, {}, folder)
  const module = config.server.host === 'prosody' ? join(folder, 'mod_p3do.lua') : null
  const files = { config: join(folder, 'p3do.toml'), snippet: join(folder, snippetName(config)), module }
  const force = options.force === true
  const { component, seal } = config.secrets
  const ours = module === null ? [] : [module]
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
  // The same file for source and compiled program.
  if (module !== null) await copyFile(fileURLToPath(import.meta.resolve('#prosody/mod_p3do.lua')), module)
  return nextSteps(config, files)
}

function givenValues({ domain, host, component, profile, peer }: InitOptions): GivenValues {
  return {
    server: { domain, host, ...(component === undefined ? {} : { component }) },
    mor: profile === undefined ? {} : { profile },
    federation: peer === undefined ? {} : { peers: peer },
  }
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
