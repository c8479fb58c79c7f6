// Who was heard a moment ago: speakers never pause, so a server that is silent is down or cut off.
import type { Cancel, Clock, Counters, Domain, Log, Trace } from '../ports.js'
import { every } from '../repeat.js'
import { createSignal } from '../signal.js'

export interface Hearing {
  /** A frame of that server came. */
  heard(server: Domain): void
  /** Whether one came within the last seconds. */
  isHeard(server: Domain): boolean
  forget(server: Domain): void
  /** Calls whenever a server is heard that was not, for the first time or after its silence. */
  onHeard(handler: () => void): void
  stop: Cancel
}

export interface HearingOptions {
  readonly clock: Clock
  readonly counters: Counters
  readonly trace: Trace
  readonly log: Log
}

// Sixty cells of the slowest profile.
const silence = 15_000
const lookEvery = 1_000

/** Begins to watch; says in log and counters when a server falls silent and when it is heard again. */
export function watchHearing({ clock, counters, trace, log }: HearingOptions): Hearing {
  const last = new Map<Domain, number>()
  const silent = new Set<Domain>()
  const came = createSignal<undefined>()
  const isHeard = (server: Domain): boolean => clock.steady() - (last.get(server) ?? -Infinity) < silence

  const stop = every(clock, lookEvery, () => {
    for (const server of last.keys()) {
      if (isHeard(server) || silent.has(server)) continue
      silent.add(server)
      counters.count('servers fell silent')
      trace({ event: 'misses', peer: server })
      log.warn(
        { peer: server },
        'A peer is silent: its contexts are not heard. Routes avoid it until they are.',
      )
    }
  })
  return {
    isHeard,
    stop,
    onHeard: came.on,
    heard(server) {
      const isAgain = silent.delete(server)
      const isNew = isAgain || !last.has(server)
      last.set(server, clock.steady())
      if (!isNew) return
      trace({ event: 'hears', peer: server })
      if (isAgain) log.info({ peer: server }, 'A peer is heard again.')
      came.send(undefined)
    },
    forget(server) {
      last.delete(server)
      silent.delete(server)
    },
  }
}
