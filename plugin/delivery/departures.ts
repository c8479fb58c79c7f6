// Lets what is ready leave, in turns between users, while there is room: the rest waits on disk.
import type { Cancel, Clock, UserAddress } from '../ports.js'
import { createFairQueue } from '../fair-queue.js'

/** What leaves, perhaps not for the first time, under somebody's name. */
export interface Departing {
  readonly payer: UserAddress
  readonly attempts: number
}

export interface Departures<Item extends Departing> {
  push(item: Item): void
  /** Begins; `isFull` says whether nothing can leave now. */
  start(isFull: () => boolean): void
  stop: Cancel
}

const lookAgain = 50

/** @param leave must not reject; it runs for one at a time */
export function createDepartures<Item extends Departing>(
  clock: Clock,
  leave: (item: Item) => Promise<void>,
): Departures<Item> {
  const ready = createFairQueue<Item>()
  let isFull: (() => boolean) | null = null
  let running = false

  const pump = async (): Promise<void> => {
    if (running || isFull === null) return
    running = true
    for (let item = next(); item !== undefined; item = next()) await leave(item)
    if (ready.size === 0) {
      running = false
      return
    }
    clock.after(lookAgain, () => {
      running = false
      void pump()
    })
  }
  const next = (): Item | undefined => (isFull === null || isFull() ? undefined : ready.shift())

  return {
    push(item) {
      // What nobody acknowledged, perhaps of a server that is away, holds up nothing new of the same user.
      ready.push(item.attempts > 0 ? `${item.payer} again` : item.payer, item)
      void pump()
    },
    start(given) {
      isFull = given
      void pump()
    },
    stop() {
      isFull = null
    },
  }
}
