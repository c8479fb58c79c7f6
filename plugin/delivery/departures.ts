// Lets what is ready leave, in turns between users, only as fast as the speakers take cells: the rest waits on disk.
import type { Cancel, Clock, UserAddress } from '../ports.js'
import { createFairQueue } from '../fair-queue.js'

export interface Departures<Item extends { readonly payer: UserAddress }> {
  push(item: Item): void
  /** Begins; `spoken` says how many cells wait to be spoken. */
  start(spoken: () => number): void
  stop: Cancel
}

// So few cells wait in the speaker that those of another user are never far behind.
const mostSpoken = 16
const lookAgain = 50

/** @param leave must not reject; it runs for one at a time */
export function createDepartures<Item extends { readonly payer: UserAddress }>(
  clock: Clock,
  leave: (item: Item) => Promise<void>,
): Departures<Item> {
  const ready = createFairQueue<Item>()
  let waiting: (() => number) | null = null
  let running = false

  const pump = async (): Promise<void> => {
    if (running || waiting === null) return
    running = true
    for (let item = next(); item !== undefined; item = next()) await leave(item)
    if (!isFull()) {
      running = false
      return
    }
    clock.after(lookAgain, () => {
      running = false
      void pump()
    })
  }
  const isFull = (): boolean => waiting !== null && waiting() >= mostSpoken
  const next = (): Item | undefined => (waiting === null || isFull() ? undefined : ready.shift())

  return {
    push(item) {
      ready.push(item.payer, item)
      void pump()
    },
    start(spoken) {
      waiting = spoken
      void pump()
    },
    stop() {
      waiting = null
    },
  }
}
