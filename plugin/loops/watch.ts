// Notices servers that do not bring loops back, says so once, and says when it is over.
import type { Alarm } from '../alarms.js'
import type { Counters, Domain } from '../ports.js'
import type { Returned, Returns } from './returns.js'

export interface Watch {
  /** Looks at the servers of a loop that has just ended. */
  look(route: readonly Domain[]): void
  /** Servers that bring too little back now, the worst first. */
  suspects(): readonly Domain[]
}

export interface WatchOptions {
  readonly returns: Returns
  /** The least part of loops that must come back, from 0 to 1. */
  readonly bound: number
  readonly alarm: Alarm
  readonly counters: Counters
}

// Fewer loops say nothing yet.
const fewest = 16
// A server that drops cells spoils loops over others, too, as an extra hop on their way: only one is a suspect that is worse
// than what goes beside it, by so many standard deviations: of 20,000 simulated loops two accused an honest server at 4, none at 4.25.
const clearly = 4.25

export function createWatch({ returns, bound, alarm, counters }: WatchOptions): Watch {
  const suspects = new Set<Domain>()
  let allBad = false
  const recovered = (1 + bound) / 2

  const lookAt = (server: Domain): void => {
    const over = returns.over(server)
    if (isBetter(over, recovered) && suspects.delete(server))
      alarm(server, `${server} brings cells back again: ${share(over)} came back. Routes may go over it.`)
    if (suspects.has(server) || !isBad(over, bound)) return
    // What is lost over another suspect is that one's.
    const compared = returns.compare(server, suspects)
    if (!isBad(compared.over, bound) || deviations(compared.over, compared.beside) < clearly) return
    suspects.add(server)
    counters.count('peers that bring too little back')
    alarm(server, suspectText(server, compared.over, compared.beside))
  }
  const lookAtAll = (): void => {
    const all = returns.over(null)
    if (allBad && isBetter(all, recovered)) {
      allBad = false
      alarm(null, `Cells that this server sends to itself come back again: ${share(all)} did.`)
    } else if (!allBad && isBad(all, bound)) {
      allBad = true
      counters.count('times when too little came back')
      alarm(null, allText(all))
    }
  }
  return {
    look(route) {
      for (const server of route) lookAt(server)
      lookAtAll()
    },
    suspects: () => [...suspects].sort((one, other) => ratio(returns.over(one)) - ratio(returns.over(other))),
  }
}

function ratio({ ratio: of }: Returned): number {
  return of ?? 1
}

/** By how many standard deviations fewer loops came back over a server than beside it. */
function deviations(over: Returned, beside: Returned): number {
  if (beside.loops === 0) return 0
  const came = ratio(over) * over.loops + ratio(beside) * beside.loops
  const all = came / (over.loops + beside.loops)
  const deviation = Math.sqrt(all * (1 - all) * (1 / over.loops + 1 / beside.loops))
  return deviation === 0 ? 0 : (ratio(beside) - ratio(over)) / deviation
}

function isBad(returned: Returned, bound: number): boolean {
  return returned.loops >= fewest && ratio(returned) < bound
}

function isBetter(returned: Returned, recovered: number): boolean {
  return returned.loops >= fewest && ratio(returned) >= recovered
}

function share(returned: Returned): string {
  return `${String(Math.round(ratio(returned) * returned.loops))} of the last ${String(returned.loops)}`
}

const attack =
  'So does an n-1 attack look: somebody holds everybody’s cells back to watch the few that he lets through.'

function suspectText(server: Domain, over: Returned, beside: Returned): string {
  return (
    `Of the cells that this server sends to itself over ${server}, ${share(over)} came back; ` +
    `over others ${String(Math.round(100 * ratio(beside)))} % did. It is overloaded, its links lose cells, or it drops them. ` +
    `${attack} Random routes avoid it until it is better.`
  )
}

function allText(all: Returned): string {
  return (
    `Of the cells that this server sends to itself, ${share(all)} came back, whichever servers they went over. ` +
    `The links of this server or the group's lose cells. ${attack}`
  )
}
