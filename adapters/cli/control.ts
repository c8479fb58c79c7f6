// Commands that the running plugin carries out: `p3do peers list` and all others of the families for admins.
import { stat } from 'node:fs/promises'
import type { Command } from 'commander'
import { adminFamilies, takeFileBlock, type CommandText } from '../../plugin/commands/index.js'
import { PluginError } from '../../plugin/errors.js'
import { askControl } from '../control/index.js'
import { writeSecretFile } from '../secret-files.js'
import { loadConfig } from '../toml-config.js'
import type { Surroundings } from './run.js'

/** Adds a command with its subcommands for each family. */
export function addControl(program: Command, around: Surroundings): void {
  for (const { word, help, commands } of adminFamilies) {
    const family = program.command(word).description(help)
    for (const [name, text] of Object.entries<CommandText>(commands)) {
      const command = name === '' ? family : family.command(name)
      const flags = addUsage(command.description(text.help), text.usage)
      command.option('-c, --config <file>', 'the configuration', 'p3do.toml')
      if (text.givesFile === true) command.option('--out <file>', 'write the file of the answer there')
      command.action(async () => {
        const options = command.opts<Options>()
        const given = flags.filter(flag => options[flag] === true).map(flag => `--${flag}`)
        const words = [word, name, ...given, ...command.args].filter(part => part !== '')
        await operate(options, words, around)
      })
    }
  }
}

interface Options {
  readonly config: string
  readonly out?: string
  readonly [flag: string]: unknown
}

/** `[--json]` is an option here, which is returned; all else is an argument. */
function addUsage(command: Command, usage: string): string[] {
  const parts = usage.split(' ').filter(part => part !== '')
  const flags = parts.flatMap(part => /^\[--([a-z]+)\]$/u.exec(part)?.[1] ?? [])
  for (const flag of flags) command.option(`--${flag}`)
  for (const part of parts) if (!part.startsWith('[--')) command.argument(part)
  return flags
}

async function operate(
  options: Options,
  words: readonly string[],
  { env, out }: Surroundings,
): Promise<void> {
  const { server } = await loadConfig(options.config, env)
  if (options.out !== undefined) await refuseExisting(options.out)
  const text = await askControl(server.data, words)
  const rest = options.out === undefined ? text : await writeFileOf(text, options.out)
  out.write(printable(rest.endsWith('\n') ? rest : `${rest}\n`))
}

// Before the command: what it makes would be lost.
async function refuseExisting(file: string): Promise<void> {
  const exists = await stat(file).then(
    () => true,
    () => false,
  )
  if (exists) throw new PluginError('config-invalid', `${file} exists already; name another file.`)
}

async function writeFileOf(text: string, file: string): Promise<string> {
  const found = takeFileBlock(text)
  if (!found) return text
  await writeSecretFile(file, found.octets)
  return `${found.words}It is in ${file}.`
}

// Names come from other servers as well, and a terminal obeys control characters.
function printable(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/gu, '?')
}
