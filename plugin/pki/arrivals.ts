// Lets a reader wait for a user's key that is still on its way from another server.
import type { Clock, UserAddress } from '../ports.js'

export interface Arrivals {
  /** Resolves when a key of that address arrives, or after so many milliseconds. */
  of(address: UserAddress, patience: number): Promise<void>
  arrived(address: UserAddress): void
}

/** What waits is bounded by what the cells of `patience` milliseconds can carry. */
export function createArrivals(clock: Clock): Arrivals {
  const waiting = new Map<UserAddress, Set<() => void>>()
  return {
    of: (address, patience) =>
      new Promise(resolve => {
        const waiters = waiting.get(address) ?? new Set()
        const done = (): void => {
          waiters.delete(done)
          if (waiters.size === 0) waiting.delete(address)
          cancel()
          resolve()
        }
        const cancel = clock.after(patience, done)
        waiting.set(address, waiters.add(done))
      }),
    arrived(address) {
      for (const done of waiting.get(address) ?? []) done()
    },
  }
}
