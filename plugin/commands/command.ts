// What a command is: words in, words out, the same in chat and on the command line.
import { PluginError } from '../errors.js'
import type { CommandAnswer, UserAddress } from '../ports.js'
import { parseUsage } from './arguments.js'

/** How a command is shown and which arguments it takes. */
export interface CommandText {
  /**
   * The arguments after the name: `<one>` is required, `[one]` can be left out, and the last may be `<one...>` or
   * `[one...]` for several; `[--word]` is that very word or nothing. Commands are run only with as many words as it allows.
   */
  readonly usage: string
  readonly help: string
  /** What it is called where commands are chosen from a list; its help where left out. */
  readonly title?: string
  /** What forms call its arguments, by their names in the usage; those names where left out. */
  readonly labels?: Readonly<Record<string, string>>
  /** The only argument, which is taken as it was pasted, with its line ends. */
  readonly lines?: string
  /** What only forms ask for, since chat and command line would keep it: labels by name. Never required. */
  readonly secrets?: Readonly<Record<string, string>>
  /** The same, for what has several lines. */
  readonly secretFiles?: Readonly<Record<string, string>>
  /** For what can not be undone: forms say it before it is done. */
  readonly warning?: string
  /** Its answer has a file in it, which the command line can write to disk. */
  readonly givesFile?: boolean
}

/**
 * Commands that belong together, as they are shown: known without a running plugin, so that the command line can list
 * them. Those for admins, and those for everybody, are named by the word and their own name, like `peers add`, or by the word alone where their own
 * name is empty; those for users by their own.
 */
export interface Family<Name extends string = string> {
  readonly word: string
  readonly help: string
  readonly commands: Readonly<Record<Name, CommandText>>
}

/** The user who says it, or `null` for the admin at the command line. */
export type Caller = UserAddress | null

export interface Named extends CommandText {
  readonly name: string
}

/** What a form asked for beside the words, by name; empty elsewhere. Never to be logged or answered. */
export type GivenSecrets = Readonly<Record<string, string>>

/** Runs with as many words as the usage allows. @throws PluginError with what is wrong with them */
export interface UserCommand extends Named {
  readonly audience: 'user'
  readonly run: (user: UserAddress, words: readonly string[], secrets: GivenSecrets) => Promise<CommandAnswer>
}

export interface AdminCommand extends Named {
  readonly audience: 'admin'
  readonly run: (who: Caller, words: readonly string[], secrets: GivenSecrets) => Promise<CommandAnswer>
}

/** For users in chat and for the admin at the command line alike: it judges by itself what whoever asks may do. */
export interface SharedCommand extends Named {
  readonly audience: 'anyone'
  readonly run: AdminCommand['run']
}

export type Command = UserCommand | AdminCommand | SharedCommand

/** Gives the commands of a family for users what they do. */
export function userCommands<Name extends string>(
  { commands }: Family<Name>,
  runs: Readonly<Record<NoInfer<Name>, UserCommand['run']>>,
): Command[] {
  return namesOf(commands).map(name => ({ ...commands[name], name, audience: 'user', run: runs[name] }))
}

/** Gives the commands of a family for admins what they do. */
export function adminCommands<Name extends string>(
  family: Family<Name>,
  runs: Readonly<Record<NoInfer<Name>, AdminCommand['run']>>,
): Command[] {
  return wordedCommands(family, 'admin', runs)
}

/** Gives the commands of a family for users and admins what they do. */
export function sharedCommands<Name extends string>(
  family: Family<Name>,
  runs: Readonly<Record<NoInfer<Name>, SharedCommand['run']>>,
): Command[] {
  return wordedCommands(family, 'anyone', runs)
}

function wordedCommands<Name extends string>(
  { word, commands }: Family<Name>,
  audience: 'admin' | 'anyone',
  runs: Readonly<Record<Name, AdminCommand['run']>>,
): Command[] {
  return namesOf(commands).map(name => ({
    ...commands[name],
    name: `${word} ${name}`.trim(),
    audience,
    run: runs[name],
  }))
}

/** The command as somebody writes it. */
export function usageOf({ name, usage }: Named): string {
  return usage === '' ? name : `${name} ${usage}`
}

/** @throws PluginError `command-invalid` for too few or too many words */
export function ensureUsage(command: Named, words: readonly string[]): void {
  const parts = parseUsage(command.usage)
  const least = parts.filter(({ required }) => required).length
  const most = parts.some(({ several }) => several) ? Infinity : parts.length
  if (words.length >= least && words.length <= most) return
  throw new PluginError('command-invalid', `Write it like this: ${usageOf(command)} (${command.help}).`)
}

function namesOf<Name extends string>(commands: Readonly<Record<Name, CommandText>>): Name[] {
  return Object.keys(commands) as Name[]
}
