// Ends the run when an input never comes back, and keeps that input: a thread of its own, since the parser has this one.
import { Worker } from 'node:worker_threads'

/** What the thread is given. */
export interface WatchdogTask {
  readonly shared: SharedArrayBuffer
  readonly patience: number
  readonly folder: string
}

export interface Watchdog {
  /** An input is about to be tried. */
  trying(name: string, input: Buffer): void
  stop(): Promise<void>
}

/** Octets before the name: how many inputs were tried, and the lengths of name and input. */
export const headOctets = 12
const longest = 512 * 1024

/** @param patience milliseconds that an input may take */
export function startWatchdog(folder: string, patience: number): Watchdog {
  const shared = new SharedArrayBuffer(headOctets + longest)
  const [head, octets] = [new Int32Array(shared, 0, headOctets / 4), Buffer.from(shared, headOctets)]
  const task: WatchdogTask = { shared, patience, folder }
  const worker = new Worker(new URL('./watchdog-thread.js', import.meta.url), { workerData: task })
  worker.unref()
  return {
    trying(name, input) {
      const nameOctets = octets.write(name, 'latin1')
      head[1] = nameOctets
      head[2] = input.copy(octets, nameOctets)
      Atomics.add(head, 0, 1)
    },
    async stop() {
      await worker.terminate()
    },
  }
}
