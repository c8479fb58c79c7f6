// Measures several ways to do the same work in alternating rounds, so that a busy machine is as busy for each of them.
import { performance } from 'node:perf_hooks'

/** One way to do the work. `run` is awaited where it returns a promise. */
export interface Contestant<Name extends string> {
  readonly name: Name
  readonly run: () => unknown
}

export interface RoundOptions {
  readonly rounds: number
  /** How long each contestant works in a round, milliseconds; at least once in any case. */
  readonly slice: number
}

/** Medians over the rounds of the time for one run, in milliseconds, by name. */
export async function race<Name extends string>(
  contestants: readonly Contestant<Name>[],
  { rounds, slice }: RoundOptions,
): Promise<Record<Name, number>> {
  const times = contestants.map(() => [] as number[])
  const counts: number[] = []
  for (const { run } of contestants) counts.push(await countFor(run, slice))
  for (let round = 0; round < rounds; round++) {
    // Another one begins each time: whoever follows a wasteful one sweeps up after it.
    for (const turn of contestants.keys()) {
      const at = (round + turn) % contestants.length
      times[at]?.push(await timeOf(contestants[at]?.run ?? nothing, counts[at] ?? 1))
    }
  }
  const medians = contestants.map(({ name }, at) => [name, median(times[at] ?? [])])
  return Object.fromEntries(medians) as Record<Name, number>
}

/** The middle value, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other)
  const upper = Math.floor(sorted.length / 2)
  const [low = NaN, high = NaN] = [sorted[sorted.length % 2 === 0 ? upper - 1 : upper], sorted[upper]]
  return (low + high) / 2
}

function nothing(): void {
  // there is always a contestant
}

// Also what warms the compiler up: the first runs are slow.
async function countFor(run: () => unknown, slice: number): Promise<number> {
  const end = performance.now() + 3 * slice
  let fastest = Infinity
  do fastest = Math.min(fastest, await timeOf(run, 1))
  while (performance.now() < end)
  return Math.max(1, Math.round(slice / fastest))
}

async function timeOf(run: () => unknown, count: number): Promise<number> {
  const start = performance.now()
  for (let done = 0; done < count; done++) {
    const result = run()
    if (result instanceof Promise) await result
  }
  return (performance.now() - start) / count
}
