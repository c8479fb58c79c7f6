// Gives a parser inputs, the kept ones first and then changed ones, and finds what must not happen.
import { performance } from 'node:perf_hooks'
import type { Chance } from '../faults/chance.js'
import { mutate, type Material } from './mutate.js'
import { shrink } from './shrink.js'
import { watchStray } from './stray.js'
import { Finding, type Fuzzed, type Target } from './target.js'

export interface FuzzOptions {
  readonly fuzzed: Fuzzed
  readonly target: Target
  /** The kept inputs. */
  readonly corpus: readonly Buffer[]
  readonly chance: Chance
  /** Asked before each changed input, with the number of inputs so far. */
  readonly goOn: (inputs: number) => boolean
  /** Milliseconds that an input may take; none where the machine may be slow. */
  readonly patience?: number
  /** Called before each input, so that one that never comes back is known. */
  readonly trying?: (input: Buffer) => void
}

/** What must not happen, once for each place in the code, with the shortest input that was found. */
export interface Found {
  readonly input: Buffer
  readonly error: unknown
}

export interface FuzzResult {
  readonly inputs: number
  /** How many inputs came to each end. */
  readonly ends: ReadonlyMap<string, number>
  readonly found: readonly Found[]
  /** The longest time that an input took, milliseconds. */
  readonly slowest: number
}

// Inputs that came to a new end are changed further; the pool stays small enough that seeds have their turn.
const mostKept = 400
const mostEnds = 5000
const longestRun = 24

/** Runs until `goOn` says no. */
export async function fuzz(options: FuzzOptions): Promise<FuzzResult> {
  const { fuzzed, corpus, chance, goOn } = options
  const inputs = corpus.length > 0 ? [...corpus] : [Buffer.alloc(0)]
  const material: Material = {
    inputs,
    words: fuzzed.words.map(word => Buffer.from(word, 'latin1')),
    longest: fuzzed.longest,
  }
  const ends = new Map<string, number>()
  const found = new Map<string, Found>()
  let [count, slowest] = [0, 0]
  const give = async (input: Buffer): Promise<void> => {
    count++
    const began = performance.now()
    const end = await endOf(options, input)
    slowest = Math.max(slowest, performance.now() - began)
    if (end instanceof Broken) {
      if (!found.has(end.place)) found.set(end.place, await shrunk(options, input, end))
      return
    }
    if (!ends.has(end) && inputs.length < mostKept + corpus.length) inputs.push(input)
    if (ends.has(end) || ends.size < mostEnds) ends.set(end, (ends.get(end) ?? 0) + 1)
  }
  for (const input of corpus) await give(input)
  while (goOn(count)) await give(mutate(chance.one(inputs), material, chance))
  return { inputs: count, ends, found: [...found.values()], slowest }
}

class Broken {
  readonly error: unknown
  readonly place: string
  constructor(error: unknown) {
    this.error = error
    this.place = placeOf(error)
  }
}

async function endOf(options: FuzzOptions, input: Buffer): Promise<string | Broken> {
  const { target, fuzzed, patience = Infinity } = options
  options.trying?.(input)
  const began = performance.now()
  const stray = watchStray()
  try {
    const end = await target.take(input)
    stray.ensureNone()
    if (fuzzed.repeats !== true) ensureSilent(end, input)
    const took = performance.now() - began
    if (took > patience) return new Broken(new Finding(`An input took ${(took / 1000).toFixed(1)} s.`))
    return end
  } catch (error) {
    return new Broken(error)
  } finally {
    stray.stop()
  }
}

// Refusals end in logs and with strangers: none repeats a piece of its input.
function ensureSilent(end: string, input: Buffer): void {
  for (let at = 0; at + longestRun <= end.length; at++)
    if (input.includes(end.slice(at, at + longestRun)))
      throw new Finding('A refusal repeats what was in the input.')
}

async function shrunk(options: FuzzOptions, input: Buffer, { error, place }: Broken): Promise<Found> {
  const isSame = async (shorter: Buffer): Promise<boolean> => {
    const end = await endOf({ ...options, patience: Infinity }, shorter)
    return end instanceof Broken && end.place === place
  }
  return { input: await shrink(input, isSame), error }
}

/** Where it happened: of two errors from one line of the code one is enough. */
function placeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error instanceof Finding) return error.message.replaceAll(/\d+/gu, '#')
  const frame = error.stack?.split('\n').find(line => line.trimStart().startsWith('at ')) ?? ''
  return `${error.name} ${frame.replaceAll(/:\d+\)?$/gu, '')}`
}
