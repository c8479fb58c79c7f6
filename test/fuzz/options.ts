// What `npm run test:fuzz` can be told.
import { parseArgs } from 'node:util'
import type { Fuzzed } from './target.js'

export interface FuzzProgramOptions {
  readonly seed: number
  /** For each parser. */
  readonly seconds: number
  readonly only: readonly string[]
  readonly corpus: string
  readonly help: boolean
}

/** The usage, with the names of all parsers. */
export function fuzzHelp(targets: readonly Fuzzed[]): string {
  const names = targets.map(({ name, about }) => `  ${name.padEnd(16)} ${about}`)
  return `npm run test:fuzz -- [options]

Gives every parser that faces the outside inputs that are nearly right: the kept ones of test/fuzz/corpus, and changes of them
drawn from a seed. Each must be taken or refused in an orderly way, in time, and with nothing of it in a log. What breaks a
parser is written to the corpus, where \`npm test\` tries it from then on: commit it with the change that mends it.

  --seed N         repeats an earlier run (default: drawn, and printed)
  --seconds S      how long each parser is fuzzed (default 60)
  --only NAMES     these parsers alone, separated by commas
  --corpus FOLDER  another corpus (default test/fuzz/corpus)
  --help           this text

${names.join('\n')}

Exit code 0 when nothing was found, 1 when something was, 2 for a wrong option.
`
}

const definitions = {
  seed: { type: 'string' },
  seconds: { type: 'string', default: '60' },
  only: { type: 'string' },
  corpus: { type: 'string', default: 'test/fuzz/corpus' },
  help: { type: 'boolean', default: false },
} as const

/** Reads the arguments, `null` where one is wrong; `drawn` is the seed where none is given. */
export function parseFuzzOptions(
  args: readonly string[],
  names: readonly string[],
  drawn: number,
): FuzzProgramOptions | null {
  const values = parse(args)
  if (values === null) return null
  const only = values.only?.split(',') ?? names
  const [seed, seconds] = [values.seed === undefined ? drawn : Number(values.seed), Number(values.seconds)]
  if (!Number.isSafeInteger(seed) || seed < 0 || !(seconds >= 0) || seconds === Infinity) return null
  if (!only.every(name => names.includes(name))) return null
  return { seed, seconds, only, corpus: values.corpus, help: values.help }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: definitions }).values
  } catch {
    return null // an option that does not exist, or lacks its value
  }
}
