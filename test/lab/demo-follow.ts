// Follows the steps of a journey as they are traced, in the order of time although several plugins write them.
import type { Cancel } from '../../plugin/ports.js'
import type { Narrator } from './demo-journey.js'
import type { Inbox } from './inbox.js'
import type { Step } from './plugins.js'

const lookEvery = 25
// Files of three processes are read every 20 ms; what is older than this is complete.
const complete = 100
// A speaker that has not spoken an onion again after so long does not do it any more.
const silence = 3000

/** Hands the steps from now on to the narrator. Returns what hands over the rest and ends it. */
export function followSteps({ items }: Inbox<Step>, narrator: Narrator): Cancel {
  const pending: Step[] = []
  let read = items.length
  const look = (until: number): void => {
    pending.push(...items.slice(read))
    read = items.length
    pending.sort((one, other) => one.time - other.time)
    const later = pending.findIndex(({ time }) => time > until)
    for (const step of pending.splice(0, later < 0 ? pending.length : later)) narrator.see(step)
    narrator.settle(until - silence)
  }
  const timer = setInterval(() => {
    look(Date.now() - complete)
  }, lookEvery)
  return () => {
    clearInterval(timer)
    look(Infinity)
  }
}
