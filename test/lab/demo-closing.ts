// Undoes what the demo set up, last first; a step that hangs or fails does not keep the others.
import { setTimeout as delay } from 'node:timers/promises'

export interface Closing {
  /** Adds something to undo. It may wait for a start that is under way. */
  add(undo: () => Promise<unknown>): void
  /** Undoes everything; resolves always, and with what the failures said. */
  close(): Promise<readonly string[]>
}

/** @param patience milliseconds that each step gets */
export function createClosing(patience: number): Closing {
  const steps: (() => Promise<unknown>)[] = []
  return {
    add: undo => void steps.push(undo),
    async close() {
      const failures: string[] = []
      for (const undo of steps.splice(0).reverse()) {
        const failure = await undone(undo, patience)
        if (failure !== null) failures.push(failure)
      }
      return failures
    },
  }
}

async function undone(undo: () => Promise<unknown>, patience: number): Promise<string | null> {
  const giveUp = new AbortController()
  const late = delay(patience, 'It took too long.', { signal: giveUp.signal })
  late.catch(() => undefined)
  try {
    return await Promise.race([undo().then(() => null), late])
  } catch (error) {
    return String(error)
  } finally {
    giveUp.abort()
  }
}
