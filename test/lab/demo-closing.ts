// Starts things and ends them, last first; what hangs or fails at its end does not keep the others.
import { setTimeout as delay } from 'node:timers/promises'
import { PluginError } from '../../plugin/errors.js'

/** Starts something and remembers how it ends. @throws PluginError when everything is being ended already */
export type Begin = <Thing>(
  start: () => Promise<Thing>,
  end: (thing: Thing) => Promise<unknown>,
) => Promise<Thing>

export interface Closing {
  readonly begin: Begin
  /** Whether `close` was called. */
  readonly isClosing: boolean
  /** Ends everything, also what is just starting; resolves always, with what went wrong. */
  close(): Promise<readonly string[]>
}

/** @param patience milliseconds that each end gets */
export function createClosing(patience: number): Closing {
  const ends: (() => Promise<unknown>)[] = []
  let isClosing = false
  return {
    begin(start, end) {
      if (isClosing) throw new PluginError('host-unreachable', 'The demo is being stopped.')
      const started = start()
      // A start that failed has nothing to end; whoever called it knows.
      ends.push(() => started.then(end, () => undefined))
      return started
    },
    get isClosing() {
      return isClosing
    },
    async close() {
      isClosing = true
      const failures: string[] = []
      for (const end of ends.splice(0).reverse()) {
        const failure = await ended(end, patience)
        if (failure !== null) failures.push(failure)
      }
      return failures
    },
  }
}

async function ended(end: () => Promise<unknown>, patience: number): Promise<string | null> {
  const done = new AbortController()
  const late = delay(patience, 'Something did not end in time.', { signal: done.signal })
  late.catch(() => undefined)
  try {
    return await Promise.race([end().then(() => null), late])
  } catch (error) {
    return String(error)
  } finally {
    done.abort()
  }
}
