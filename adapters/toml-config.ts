// Reads p3do.toml (TOML 1.0) from its file.
import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { parse, TomlError } from 'smol-toml'
import { parseConfig, type Config, type Environment } from '../plugin/config.js'
import { PluginError } from '../plugin/errors.js'

const longestFile = 1_048_576

/**
 * The configuration of a file with the environment over it.
 * @throws PluginError `config-invalid`; its one line names the file and the key or the line
 */
export async function loadConfig(file: string, env: Environment): Promise<Config> {
  return parseConfigText(file, await readText(file), env)
}

/**
 * The same from the text that is, or is to be, in that file.
 * @throws PluginError `config-invalid`
 */
export function parseConfigText(file: string, text: string, env: Environment): Config {
  const tables = parseToml(file, text)
  try {
    return parseConfig(tables, env, dirname(resolve(file)))
  } catch (error) {
    if (error instanceof PluginError) throw invalid(`${file}: ${error.message}`, error)
    throw error
  }
}

async function readText(file: string): Promise<string> {
  const octets = await readFile(file).catch((error: unknown) => {
    throw invalid(`${file} cannot be read; run p3do init, or name the file with --config.`, error)
  })
  if (octets.length > longestFile) throw invalid(`${file} is longer than 1 MiB; it cannot be a p3do.toml.`)
  return octets.toString('utf8')
}

function parseToml(file: string, text: string): unknown {
  try {
    return parse(text)
  } catch (error) {
    if (!(error instanceof TomlError)) throw error
    // The message goes on with the text around the mistake, which may be a secret.
    const [cause = ''] = error.message.split('\n')
    throw invalid(
      `${file} line ${error.line}: ${cause.replace(/^Invalid TOML document: /, '')}; it is not TOML.`,
    )
  }
}

function invalid(message: string, cause?: unknown): PluginError {
  return new PluginError('config-invalid', message, { cause })
}
