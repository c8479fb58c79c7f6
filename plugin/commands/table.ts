// All commands together: found by what somebody writes, shown only to whom they are for.
import { PluginError } from '../errors.js'
import type { CommandAnswer, CommandDesk, Log, UserAddress } from '../ports.js'
import { fieldsOf, pastedIn, wordsInARow } from './arguments.js'
import { ensureUsage, usageOf, type Command, type GivenSecrets, type UserCommand } from './command.js'
import { createDesk } from './desk.js'

export interface CommandTable {
  /**
   * The answer to a user's text that is a command of his, `null` to any other text.
   * @param as the pseudonym in whose talk he writes it, which it is about then
   * @throws PluginError
   */
  chat(user: UserAddress, text: string, as?: UserAddress): Promise<string | null>
  /** The answer to the words of the admin at the command line. @throws PluginError `command-invalid` and others */
  operate(words: readonly string[]): Promise<string>
  /** The same commands as forms. */
  readonly desk: CommandDesk
}

export interface TableOptions {
  readonly commands: readonly Command[]
  /** Users who have the commands for admins in chat as well; for others these do not exist. */
  readonly admins: readonly UserAddress[]
  /** The address under which a user writes to bob@b.example. */
  readonly contactAddress: string
  readonly log: Log
}

const nothing: GivenSecrets = {}

/** Adds `help`, which lists what the asker can do. */
export function createCommandTable({ commands, admins, contactAddress, log }: TableOptions): CommandTable {
  const help: UserCommand = {
    name: 'help',
    title: 'Help',
    usage: '[anything...]',
    help: 'this list',
    audience: 'user',
    run: user => Promise.resolve(helpText(contactAddress, of(user))),
  }
  const ofAudience = (...audiences: readonly Command['audience'][]) =>
    commands.filter(({ audience }) => audiences.includes(audience))
  const forTerminal = commands.filter(command => command.audience !== 'user')
  const all = [help, ...ofAudience('user', 'anyone'), ...ofAudience('admin')]
  const isAllowed = (user: UserAddress, { audience }: Command) =>
    audience !== 'admin' || admins.includes(user)
  const of = (user: UserAddress): readonly Command[] => all.filter(command => isAllowed(user, command))
  const carryOut = (
    where: 'chat' | 'form',
    user: UserAddress,
    command: Command,
    words: readonly string[],
    secrets: GivenSecrets,
  ): Promise<CommandAnswer> => {
    if (command.audience !== 'admin') return command.run(user, words, secrets)
    log.info({ command: command.name, in: where }, adminActs)
    return command.run(user, words, secrets)
  }
  return {
    async chat(user, text, as) {
      const written = text.trim().replace(/^\//u, '').split(/\s+/u)
      const words = as === undefined ? written : aboutPseudonym(of(user), written, as)
      const command = find(of(user), words)
      if (!command) return familyText(of(user), words[0] ?? '')
      return textOf(await carryOut('chat', user, command, argumentsFor(command, words, text), nothing))
    },
    async operate(words) {
      const command = find(forTerminal, words)
      if (!command) throw new PluginError('command-invalid', 'There is no such command; see p3do --help.')
      const rest = argumentsFor(command, words)
      log.info({ command: command.name, in: 'terminal' }, adminActs)
      return textOf(await command.run(null, rest, nothing))
    },
    desk: createDesk({
      // Whoever writes "help me" in chat is understood; in a form there is nothing to fill in.
      commands: [{ ...help, usage: '' }, ...all.slice(1)],
      isAllowed,
      run: (user, command, { words, secrets }) => carryOut('form', user, command, words, secrets),
    }),
  }
}

const adminActs = 'An admin gives a command.'

function textOf(answer: CommandAnswer): string {
  return typeof answer === 'string' ? answer : answer.text
}

// In a pseudonym's talk, what is said of the account elsewhere is said of the pseudonym; its end is not asked for in passing.
function aboutPseudonym(
  commands: readonly Command[],
  words: readonly string[],
  pseudonym: UserAddress,
): readonly string[] {
  const two = words.slice(0, 2).join(' ').toLowerCase() === 'key export'
  const [own = '', rest] = two ? ['export', words.slice(2)] : [words[0], words.slice(1)]
  // "key" with a name is about that name.
  if (own.toLowerCase() === 'key' && rest.length > 0) return words
  const has = commands.some(
    ({ name, usage, warning }) =>
      name === `pseudonym ${own.toLowerCase()}` && usage.startsWith('<pseudonym>') && warning === undefined,
  )
  return has ? ['pseudonym', own, pseudonym, ...rest] : words
}

/** By one word or by two, in any case. */
function find<C extends Command>(
  commands: readonly C[],
  [first = '', second = '']: readonly string[],
): C | null {
  const names = [`${first} ${second}`.toLowerCase(), first.toLowerCase()]
  return commands.find(({ name }) => names.includes(name)) ?? null
}

/** @param text what the words are from, where what is pasted with lines can stand in it */
function argumentsFor(command: Command, words: readonly string[], text = ''): readonly string[] {
  const named = command.name.split(' ').length
  const [pasted] = command.lines === undefined ? [] : fieldsOf(command)
  const rest = pasted ? pastedIn(pasted, withoutWords(text, named)) : words.slice(named)
  ensureUsage(command, rest)
  return pasted ? rest : wordsInARow(command, rest)
}

function withoutWords(text: string, count: number): string {
  return text.trim().replace(new RegExp(`^(?:\\S+(?:\\s+|$)){${String(count)}}`, 'u'), '')
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
