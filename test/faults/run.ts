// One run: faults and messages by a schedule, then quiet, and what the book says of it.
import type { Book } from './book.js'
import { describeFault } from './fault.js'
import { faultsIn, type Event } from './schedule.js'
import type { World } from './world.js'

export interface RunOptions {
  readonly world: World
  readonly book: Book
  /** In the order of time. */
  readonly events: readonly Event[]
  /** How long after the last fault everything must be acknowledged or given up, milliseconds of the world. */
  readonly quiet: number
  /** How long after that copies may still come, milliseconds. */
  readonly late: number
  readonly say: (line: string) => void
}

const tryAgainAfter = 5000
const lookEvery = 1000

/**
 * Runs until all is acknowledged or given up; the result is in the book.
 * @returns how many messages are neither when its time is over
 */
export async function run(options: RunOptions): Promise<number> {
  const { world, book, quiet, late, say } = options
  const events = [...options.events]
  const play = createPlay(options, events)
  await play()
  say(`Faults are over; ${String(book.summary.accepted)} messages are accepted.`)
  let passed = 0
  for (; passed < quiet && !(await isQuiet(options, events)); passed += lookEvery) {
    await world.pass(lookEvery)
    await play()
  }
  if (passed >= quiet) book.wrong('Messages are still under way when all should be quiet.')
  // Copies that are late show themselves.
  await world.pass(late)
  const waiting = await world.waiting()
  await world.inspect()
  return waiting
}

async function isQuiet({ world, book }: RunOptions, events: readonly Event[]): Promise<boolean> {
  return events.length === 0 && book.missing().length === 0 && (await world.waiting()) === 0
}

/** Returns what plays all events that there are; who is refused tries again, which is one more. */
function createPlay({ world, say }: RunOptions, events: Event[]): () => Promise<void> {
  const faults = faultsIn(events)
  let now = 0
  let begun = 0
  const write = (event: Extract<Event, { what: 'write' }>): void => {
    world.write(event.from, event.to, () => {
      const later = { ...event, at: now + tryAgainAfter }
      const behind = events.findIndex(({ at }) => at > later.at)
      events.splice(behind < 0 ? events.length : behind, 0, later)
    })
  }
  return async () => {
    for (let event = events.shift(); event; event = events.shift()) {
      await world.pass(Math.max(0, event.at - now))
      now = Math.max(now, event.at)
      if (event.what === 'write') write(event)
      else {
        if (event.what === 'begin') say(`${String(++begun)}/${String(faults)} ${describeFault(event.fault)}`)
        await world[event.what](event.fault)
      }
    }
  }
}
