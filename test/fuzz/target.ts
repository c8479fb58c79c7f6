// What is fuzzed: a parser that faces the outside, and what may come of an input.
import { PluginError } from '../../plugin/errors.js'

/** A parser with all that it needs around it. */
export interface Target {
  /**
   * Gives it an input. Resolves to what became of it in a few words, of which there are not many different ones; what it
   * throws must not happen.
   */
  take(input: Buffer): Promise<string> | string
  stop?(): Promise<void>
}

/** How a parser is fuzzed. */
export interface Fuzzed {
  /** Its folder in the corpus. */
  readonly name: string
  /** For `--help`. */
  readonly about: string
  /** Pieces that its inputs are made of, a character for each octet. */
  readonly words: readonly string[]
  /** The longest input that is worth trying, octets: somewhat more than the parser's own bound. */
  readonly longest: number
  /** How many inputs a short run gives it: fewer where one costs more. */
  readonly few: number
  /** Refusals repeat names out of the input, for the admin whose file it is. */
  readonly repeats?: boolean
  open(): Promise<Target>
  /** Inputs to begin with, each different in kind; written to the corpus once. */
  seeds(): Promise<readonly Buffer[]>
}

/** What happened that must not. */
export class Finding extends Error {
  override readonly name = 'Finding'
}

/** Runs a parser: what it gives, or that it refused, and how. Any other end of it goes on up. */
export async function attempt(run: () => Promise<string> | string): Promise<string> {
  try {
    return await run()
  } catch (error) {
    // Lengths and places in a message are no new end.
    if (error instanceof PluginError && error.fault !== 'bug')
      return `${error.code}: ${error.message}`.replaceAll(/\d+/gu, '#')
    throw error
  }
}

/** @throws Finding unless the two are the same octets: what has one accepted form is written in that form again */
export function ensureSame(input: Buffer, written: Buffer): void {
  if (!input.equals(written)) throw new Finding('What was accepted is written again in another way.')
}
