// The command line: commands, options and help.
import { Command, Option } from 'commander'
import { programVersion } from '../version.js'
import type { BackupCommandOptions, RestoreCommandOptions } from './backup.js'
import { addControl } from './control.js'
import type { DnsOptions } from './dns.js'
import type { DoctorCommandOptions } from './doctor.js'
import { explain } from './errors.js'
import { initialise, type InitOptions } from './init.js'
import { check, run, type Surroundings } from './run.js'

/** Runs one command and returns the exit code. Called once by the program, and by tests. */
export async function runProgram(args: readonly string[], around: Surroundings): Promise<number> {
  try {
    await buildProgram(around).parseAsync(args, { from: 'user' })
    return 0
  } catch (error) {
    const { line, code } = explain(error)
    if (line !== '') around.err.write(`p3do: ${line}\n`)
    return code
  }
}

function buildProgram(around: Surroundings): Command {
  const program = new Command('p3do')
    .description('Onion routing and a certificate authority for an existing chat server.')
    .version(programVersion())
    .exitOverride()
    .enablePositionalOptions()
    .configureOutput({ writeOut: text => around.out.write(text), writeErr: text => around.err.write(text) })
    .showHelpAfterError('(p3do --help lists everything)')
    .addHelpText(
      'after',
      '\nExit codes: 0 done, 1 failed while running, 2 wrong usage, configuration or secret file, 3 not running.',
    )
  addInit(program, around)
  const configOption = ['-c, --config <file>', 'the configuration', 'p3do.toml'] as const
  program
    .command('run')
    .description('run the plugin until SIGTERM or SIGINT')
    .option(...configOption)
    .action(({ config }: { config: string }) => run(config, around))
  program
    .command('check')
    .description('read configuration and secret files, and say what is wrong')
    .option(...configOption)
    .action(({ config }: { config: string }) => check(config, around))
  addDoctor(program, around)
  addDns(program, around)
  addBackup(program, around)
  addControl(program, around)
  return program
}

// Loaded when needed, as all that needs cryptography or a database.
function addDoctor(program: Command, around: Surroundings): void {
  program
    .command('doctor')
    .description('look at everything that the plugin needs, and say what is wrong and what to change')
    .option('-c, --config <file>', 'the configuration', 'p3do.toml')
    .option('--json', 'print one object of JSON')
    .action(async (options: DoctorCommandOptions) => (await import('./doctor.js')).doctor(options, around))
}

// Loaded when needed: the other commands start without cryptography.
function addDns(program: Command, around: Surroundings): void {
  const configOption = ['-c, --config <file>', 'the configuration', 'p3do.toml'] as const
  const nextOption = ['--next <file>', 'key file of the key that follows the present one'] as const
  const dns = program
    .command('dns')
    .description("print the lines for the domain's zone")
    .option(...configOption)
    .option(...nextOption)
    .action(async (options: DnsOptions) => (await import('./dns.js')).printZone(options, around))
  dns
    .command('check')
    .description('compare DNS with these lines, and say what is wrong')
    .option(...configOption)
    .option(...nextOption)
    .action(async (options: DnsOptions) => (await import('./dns.js')).checkZone(options, around))
}

function addBackup(program: Command, around: Surroundings): void {
  const workFactorOption = (meaning: string) =>
    new Option('--work-factor <number>', meaning)
      .choices(['14', '15', '16', '17', '18', '19', '20'])
      .default('18')
  const passphraseOption = ['--passphrase-file <file>', 'file with the passphrase, mode 0600'] as const
  program
    .command('backup <file>')
    .description('write keys, database and configuration to one encrypted file')
    .option('-c, --config <file>', 'the configuration', 'p3do.toml')
    .option(...passphraseOption)
    .addOption(
      workFactorOption(
        'what a guess of the passphrase costs: 18 takes 256 MiB of memory, each less takes half',
      ),
    )
    .action(async (file: string, options: BackupCommandOptions) =>
      (await import('./backup.js')).backup(file, options, around),
    )
  program
    .command('restore <file>')
    .description('make a server again from a backup, where there is none')
    .requiredOption('--folder <folder>', 'where p3do.toml goes')
    .option(...passphraseOption)
    .addOption(workFactorOption('the most that opening it may cost'))
    .action(async (file: string, options: RestoreCommandOptions) =>
      (await import('./backup.js')).restore(file, options, around),
    )
}

function addInit(program: Command, around: Surroundings): void {
  program
    .command('init')
    .description("write p3do.toml, the secrets, and the chat server's configuration snippet")
    .requiredOption('--domain <domain>', 'domain of the chat server, like a.example')
    .option('--host <program>', 'prosody or ejabberd', 'prosody')
    .option('--component <domain>', "the plugin's own address (default: p3do. and the domain)")
    .option('--profile <name>', 'fast, default or paranoid')
    .option('--peer <domain...>', 'servers to federate with')
    .option('--service <address>', 'where the chat server takes components, like xmpp://127.0.0.1:5347')
    .addOption(
      new Option('--layout <layout>', 'system: state in /var/lib/p3do, and a unit for systemd').choices([
        'folder',
        'system',
      ]),
    )
    .option('--folder <folder>', 'where to write: this folder, or /etc/p3do with --layout system')
    .option('--force', 'replace what is there, but never the seal key')
    .action(async (options: InitOptions) => {
      around.out.write(await initialise(options))
    })
}
