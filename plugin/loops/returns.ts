// Which loops came back, and what that says of each server on their ways.
import type { Domain } from '../ports.js'

/** How many of the last loops came back, and after how many milliseconds half of these had; `null` before the first one. */
export interface Returned {
  readonly loops: number
  readonly ratio: number | null
  readonly latency: number | null
}

export interface Returns {
  /** `took` in milliseconds; `null` for a loop that was given up. */
  add(route: readonly Domain[], took: number | null): void
  /** The last loops over a server, or over all. */
  over(server: Domain | null): Returned
  /** What tells a server from others: loops over it and, of the same time, beside it, without those over the others named. */
  compare(
    server: Domain,
    without: ReadonlySet<Domain>,
  ): { readonly over: Returned; readonly beside: Returned }
}

/** So few loops are looked back on that a server that begins to drop is noticed soon, and so many that chance is no reason. */
const lookBack = 48
// Over one of fifty servers goes every twentieth.
const mostKept = 2048

interface Loop {
  readonly route: readonly Domain[]
  readonly took: number | null
}

export function createReturns(): Returns {
  const loops: Loop[] = []
  /** The last loops that count, newest first, until so many of them are over the server. */
  const lookBackFor = (server: Domain | null, without: ReadonlySet<Domain>): [Loop[], Loop[]] => {
    const [over, beside]: [Loop[], Loop[]] = [[], []]
    for (let at = loops.length - 1; at >= 0 && over.length < lookBack; at--) {
      const loop = loops[at]
      if (!loop || loop.route.some(other => without.has(other))) continue
      if (server === null || loop.route.includes(server)) over.push(loop)
      else beside.push(loop)
    }
    return [over, beside]
  }
  return {
    add(route, took) {
      loops.push({ route, took })
      if (loops.length > mostKept) loops.splice(0, mostKept / 2)
    },
    over: server => summary(lookBackFor(server, new Set())[0]),
    compare(server, without) {
      const [over, beside] = lookBackFor(server, without)
      return { over: summary(over), beside: summary(beside) }
    },
  }
}

function summary(loops: readonly Loop[]): Returned {
  const times = loops.flatMap(({ took }) => took ?? []).sort((one, other) => one - other)
  return {
    loops: loops.length,
    ratio: loops.length === 0 ? null : times.length / loops.length,
    latency: times[Math.floor(times.length / 2)] ?? null,
  }
}
