// Which servers are away for so long that their users may be visiting others, and which are back for good (PROTO s12.5).
import type { Cancel, Clock, Domain } from '../ports.js'
import { every } from '../repeat.js'

export interface Absences {
  /** Whether a server can not be reached now, and could not for a minute. */
  isAway(server: Domain): boolean
  /** Whether a server can be reached now, and could for some seconds without a break. */
  isThere(server: Domain): boolean
  /** Whether a server can be reached now, and could for two minutes without a break. */
  isBack(server: Domain): boolean
  stop: Cancel
}

export interface AbsenceOptions {
  /** Servers that can be reached now: those that were heard within 15 seconds. */
  readonly reachable: () => readonly Domain[]
  /** Called when a server is away, and when one is back that was. */
  readonly changed: () => void
  readonly clock: Clock
}

interface Seen {
  readonly isReached: boolean
  /** How often it was seen so without a break. */
  readonly times: number
  readonly wasAway: boolean
}

// By looks and not by the clock, which may be set back.
const lookEvery = 5000
// Fifteen seconds of silence came before.
const awayAfter = 45_000 / lookEvery
const thereAfter = 20_000 / lookEvery
const backAfter = 120_000 / lookEvery

/** Begins to look. A server that was never reached counts as away from a while after the start on. */
export function watchAbsences({ reachable, changed, clock }: AbsenceOptions): Absences {
  const known = new Map<Domain, Seen>()
  let looks = 0
  const seen = (server: Domain): Seen =>
    known.get(server) ?? { isReached: false, times: looks, wasAway: looks >= awayAfter }
  const look = (server: Domain, isReached: boolean): void => {
    const before = seen(server)
    const times = before.isReached === isReached ? before.times + 1 : 1
    const wasAway = before.wasAway || (!isReached && times >= awayAfter)
    const isBack = wasAway && isReached && times >= backAfter
    known.set(server, { isReached, times, wasAway: wasAway && !isBack })
    if (isBack || (wasAway && !before.wasAway)) changed()
  }
  const stop = every(clock, lookEvery, () => {
    const now = new Set(reachable())
    looks++
    for (const server of new Set([...known.keys(), ...now])) look(server, now.has(server))
  })
  const isNow = (server: Domain, isReached: boolean, times: number): boolean =>
    reachable().includes(server) === isReached &&
    seen(server).isReached === isReached &&
    seen(server).times >= times
  return {
    isAway: server => isNow(server, false, awayAfter),
    isThere: server => isNow(server, true, thereAfter),
    isBack: server => isNow(server, true, backAfter),
    stop,
  }
}
