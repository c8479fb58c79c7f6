// What is to be done for each of several parties, each at its time.
import type { Cancel, Clock } from './ports.js'

export interface Agenda<Party> {
  /** Sees to a party after so many milliseconds, or earlier if that is planned already. */
  plan(party: Party, delay: number): void
  /** Nothing is done any more, whatever is planned later. */
  stop: Cancel
}

// How soon to look again when a party is being seen to at its time.
const whileSeen = 100

/**
 * @param nameOf by which parties are told apart
 * @param run must not reject; it runs for a party once at a time, and what is planned meanwhile is kept
 */
export function createAgenda<Party>(
  clock: Clock,
  nameOf: (party: Party) => string,
  run: (party: Party) => Promise<void>,
): Agenda<Party> {
  const planned = new Map<string, { due: number; cancel: Cancel }>()
  const seen = new Set<string>()
  let stopped = false
  const plan = (party: Party, delay: number): void => {
    const [name, due] = [nameOf(party), clock.steady() + delay]
    const other = planned.get(name)
    if (stopped || (other && other.due <= due)) return
    other?.cancel()
    const cancel = clock.after(delay, () => {
      planned.delete(name)
      if (seen.has(name)) plan(party, whileSeen)
      else void see(party, name)
    })
    planned.set(name, { due, cancel })
  }
  const see = async (party: Party, name: string): Promise<void> => {
    seen.add(name)
    await run(party)
    seen.delete(name)
  }
  return {
    plan,
    stop() {
      stopped = true
      for (const { cancel } of planned.values()) cancel()
    },
  }
}
