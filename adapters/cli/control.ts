// Commands that the running plugin carries out: `p3do peers list` and all others of the families for admins.
import type { Command } from 'commander'
import { adminFamilies } from '../../plugin/commands/index.js'
import { askControl } from '../control/index.js'
import { loadConfig } from '../toml-config.js'
import type { Surroundings } from './run.js'

/** Adds a command with its subcommands for each family. */
export function addControl(program: Command, around: Surroundings): void {
  for (const { word, help, commands } of adminFamilies) {
    const family = program.command(word).description(help)
    for (const [name, text] of Object.entries(commands))
      family
        .command(`${name} ${text.usage}`.trim())
        .description(text.help)
        .option('-c, --config <file>', 'the configuration', 'p3do.toml')
        .action(async (...given: unknown[]) => {
          const command = given.at(-1) as Command
          const { config } = command.opts<{ config: string }>()
          await operate(config, [word, name, ...command.args], around)
        })
  }
}

async function operate(file: string, words: readonly string[], { env, out }: Surroundings): Promise<void> {
  const { server } = await loadConfig(file, env)
  const text = await askControl(server.data, words)
  out.write(printable(text.endsWith('\n') ? text : `${text}\n`))
}

// Names come from other servers as well, and a terminal obeys control characters.
function printable(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/gu, '?')
}
