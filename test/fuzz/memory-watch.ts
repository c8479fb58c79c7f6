// Whether memory grows with the number of inputs: looked at where the collector can be called (node --expose-gc).
import type { Found } from './fuzz.js'
import { Finding } from './target.js'

export interface MemoryWatch {
  /** Called often, with the part of the run that is over. */
  look(part: number): void
  findings(): readonly Found[]
}

// What is cached is full after a third of a run.
const settledAfter = 1 / 3
const mostGrown = 64 * 1024 * 1024

export function createMemoryWatch(): MemoryWatch {
  const { gc } = globalThis
  let before: number | null = null
  const used = (): number => {
    gc?.()
    return process.memoryUsage().heapUsed
  }
  return {
    look(part) {
      if (before === null && gc && part > settledAfter) before = used()
    },
    findings() {
      const grown = before === null ? 0 : used() - before
      if (grown < mostGrown) return []
      const error = new Finding(`The heap grew by ${String(Math.round(grown / 1024 / 1024))} MB.`)
      return [{ input: Buffer.alloc(0), error }]
    },
  }
}
