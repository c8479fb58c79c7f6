// Commands as forms offer them; part of ports.ts, by which everybody imports it.
import type { UserAddress } from './ports.js'

/** An argument of a command as a form asks for it. */
export interface CommandField {
  readonly name: string
  /** For people. */
  readonly label: string
  /**
   * `words`: one or more, with white space between them; `lines`: as it was pasted, with its line ends; `secret` and
   * `secret-lines`: shown to nobody, not even again to whom it is from.
   */
  readonly kind: 'text' | 'words' | 'lines' | 'address' | 'choice' | 'flag' | 'secret' | 'secret-lines'
  /** What a `choice` may be. */
  readonly choices: readonly string[]
  readonly required: boolean
}

export interface OfferedCommand {
  readonly name: string
  readonly title: string
  readonly help: string
  /** What to think of before it is done, since it can not be undone; `null` where nothing. */
  readonly warning: string | null
  readonly fields: readonly CommandField[]
}

/** An answer that is a table, and the same as text. */
export interface Listing {
  readonly text: string
  readonly columns: readonly string[]
  /** As many cells each as there are columns. */
  readonly rows: readonly (readonly string[])[]
}

/** An answer with a file in it, which is text itself: armor, or base64 between two lines. `text` says all of it, as chat does. */
export interface FileAnswer {
  readonly text: string
  /** What is said beside the file. */
  readonly words: string
  /** What the file is, for people. */
  readonly label: string
  readonly file: string
}

/** What a command answers: words, a table, or a file. */
export type CommandAnswer = string | Listing | FileAnswer

/** What somebody filled in, by the name of the field. Nothing of it is judged yet. */
export type FilledIn = ReadonlyMap<string, readonly string[]>

/** Where users get commands as forms. */
export interface CommandDesk {
  /** What this user may do. */
  offered(user: UserAddress): readonly OfferedCommand[]
  /** `null` where there is no such command, `forbidden` where it is not for this user. */
  find(user: UserAddress, name: string): OfferedCommand | 'forbidden' | null
  /** Judges what was filled in before anything is done. @throws FieldError */
  ensure(command: OfferedCommand, filled: FilledIn): void
  /** Does it. @throws FieldError, PluginError */
  run(user: UserAddress, command: OfferedCommand, filled: FilledIn): Promise<CommandAnswer>
}
