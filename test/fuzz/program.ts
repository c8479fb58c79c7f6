// The fuzzer as a program: one parser after the other, what was found, and its exit code.
import { randomInt } from 'node:crypto'
import { inspect } from 'node:util'
import { createChance } from '../faults/chance.js'
import { keepInput, readCorpus } from './corpus.js'
import { fuzz, type Found, type FuzzResult } from './fuzz.js'
import { createMemoryWatch } from './memory-watch.js'
import { fuzzHelp, parseFuzzOptions, type FuzzProgramOptions } from './options.js'
import type { Fuzzed } from './target.js'
import { startWatchdog, type Watchdog } from './watchdog.js'

// No parser needs a second for the longest input on any machine; what never comes back is known after so long.
const patience = 5000
const longestPatience = 60_000
const sayEvery = 10_000
const mostPrinted = 400

/** Runs what the arguments ask for and returns the exit code. */
export async function main(args: readonly string[], targets: readonly Fuzzed[]): Promise<number> {
  const names = targets.map(({ name }) => name)
  const options = parseFuzzOptions(args, names, randomInt(2 ** 31))
  if (options === null || options.help) {
    const output = options === null ? process.stderr : process.stdout
    output.write(fuzzHelp(targets))
    return options === null ? 2 : 0
  }
  const watchdog = startWatchdog(options.corpus, longestPatience)
  say(
    `Seed ${String(options.seed)}; ${String(options.seconds)} s for each of ${String(options.only.length)}.`,
  )
  let code = 0
  for (const fuzzed of targets.filter(({ name }) => options.only.includes(name)))
    if (!(await fuzzOne(fuzzed, options, watchdog))) code = 1
  await watchdog.stop()
  return code
}

async function fuzzOne(
  fuzzed: Fuzzed,
  { seed, seconds, corpus: folder }: FuzzProgramOptions,
  watchdog: Watchdog,
): Promise<boolean> {
  const { name } = fuzzed
  const [corpus, target, memory] = [await readCorpus(name, folder), await fuzzed.open(), createMemoryWatch()]
  const [began, chance] = [Date.now(), createChance(seed, name)]
  let said = began
  const goOn = (inputs: number): boolean => {
    const now = Date.now()
    if (now - said > sayEvery) {
      say(`  ${name}: ${String(inputs)} inputs ...`)
      said = now
    }
    memory.look((now - began) / 1000 / seconds)
    return now - began < seconds * 1000
  }
  const trying = (input: Buffer): void => {
    watchdog.trying(name, input)
  }
  const result = await fuzz({ fuzzed, target, corpus, chance, goOn, patience, trying })
  await target.stop?.()
  say(summaryOf(name, result, (Date.now() - began) / 1000))
  const found = [...result.found, ...memory.findings()]
  for (const each of found) say(await reportOf(name, each, folder))
  return found.length === 0
}

function summaryOf(name: string, { inputs, ends, slowest }: FuzzResult, seconds: number): string {
  const rate = Math.round(inputs / Math.max(0.1, seconds))
  return `${name}: ${String(inputs)} inputs (${String(rate)}/s), ${String(ends.size)} different ends, the slowest ${slowest.toFixed(0)} ms`
}

async function reportOf(name: string, { input, error }: Found, folder: string): Promise<string> {
  const words = error instanceof Error ? (error.stack ?? error.message) : inspect(error)
  if (input.length === 0) return `FOUND in ${name}: ${words}`
  const file = await keepInput(name, input, folder)
  const hex = input.length > mostPrinted ? `${String(input.length)} octets` : `hex ${input.toString('hex')}`
  return `FOUND in ${name}: ${words}\n  input: ${hex}\n  kept as ${file}`
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
