// All commands together: found by what somebody writes, shown only to whom they are for.
import { PluginError } from '../errors.js'
import type { Log, UserAddress } from '../ports.js'
import { ensureUsage, usageOf, type AdminCommand, type Command, type UserCommand } from './command.js'

export interface CommandTable {
  /** The answer to a user's text that is a command of his, `null` to any other text. @throws PluginError */
  chat(user: UserAddress, text: string): Promise<string | null>
  /** The answer to the words of the admin at the command line. @throws PluginError `command-invalid` and others */
  operate(words: readonly string[]): Promise<string>
}

export interface TableOptions {
  readonly commands: readonly Command[]
  /** Users who have the commands for admins in chat as well; for others these do not exist. */
  readonly admins: readonly UserAddress[]
  /** The address under which a user writes to bob@b.example. */
  readonly contactAddress: string
  readonly log: Log
}

/** Adds `help`, which lists what the asker can do. */
export function createCommandTable({ commands, admins, contactAddress, log }: TableOptions): CommandTable {
  const forUsers = commands.filter(command => command.audience === 'user')
  const forAdmins = commands.filter(command => command.audience === 'admin')
  const help: UserCommand = {
    name: 'help',
    usage: '[anything...]',
    help: 'this list',
    audience: 'user',
    run: user => Promise.resolve(helpText(contactAddress, of(user))),
  }
  const of = (user: UserAddress): readonly Command[] =>
    admins.includes(user) ? [help, ...forUsers, ...forAdmins] : [help, ...forUsers]
  const administer = (who: UserAddress | null, command: AdminCommand, words: readonly string[]) => {
    log.info({ command: command.name, in: who === null ? 'terminal' : 'chat' }, 'An admin gives a command.')
    return command.run(who, words)
  }
  return {
    async chat(user, text) {
      const words = text.trim().replace(/^\//u, '').split(/\s+/u)
      const command = find(of(user), words)
      if (!command) return familyText(of(user), words[0] ?? '')
      const rest = argumentsFor(command, words)
      return command.audience === 'user' ? command.run(user, rest) : administer(user, command, rest)
    },
    async operate(words) {
      const command = find(forAdmins, words)
      if (!command) throw new PluginError('command-invalid', 'There is no such command; see p3do --help.')
      return administer(null, command, argumentsFor(command, words))
    },
  }
}

/** By one word or by two, in any case. */
function find<C extends Command>(
  commands: readonly C[],
  [first = '', second = '']: readonly string[],
): C | null {
  const names = [`${first} ${second}`.toLowerCase(), first.toLowerCase()]
  return commands.find(({ name }) => names.includes(name)) ?? null
}

function argumentsFor(command: Command, words: readonly string[]): readonly string[] {
  const rest = words.slice(command.name.split(' ').length)
  ensureUsage(command, rest)
  return rest
}

// Whoever writes only the first word of a command, or a wrong second one, wants to know the others.
function familyText(commands: readonly Command[], word: string): string | null {
  const family = commands.filter(({ name }) => name.startsWith(`${word.toLowerCase()} `))
  return family.length === 0 ? null : family.map(lineOf).join('\n')
}

function helpText(contactAddress: string, commands: readonly Command[]): string {
  return [
    'P3DO carries your messages through several servers, so that nobody on the way learns who writes to whom.',
    `To write to bob@b.example, send your message to ${contactAddress}.`,
    'Commands begin with "/" where you write to a contact:',
    ...commands.map(lineOf),
  ].join('\n')
}

function lineOf(command: Command): string {
  return `${usageOf(command)}: ${command.help}`
}
