// What is looked at all the time on the real network: frames, and the memory of the plugins.
import { residentMegabytes } from '../bench/processes.js'
import type { Book } from './book.js'
import type { LabFaults } from './lab-faults.js'

export interface RealWatch {
  /** Looks once more. */
  look(): Promise<void>
  stop(): void
}

export interface RealWatchOptions {
  readonly book: Book
  readonly lab: Pick<LabFaults, 'look'>
  /** The processes that there are now. */
  readonly pids: () => readonly number[]
  /** How much of the machine's memory one of them may have, MB. */
  readonly most?: number
}

const lookEvery = 2000
// What one process may have with a million remembered onions; here it remembers few.
const mostResident = 300

/** Looks every two seconds until it is stopped, and tells the book of each process once. */
export function startWatch({ book, lab, pids, most = mostResident }: RealWatchOptions): RealWatch {
  const large = new Set<number>()
  const look = async (): Promise<void> => {
    await lab.look()
    for (const pid of pids()) {
      if (large.has(pid) || (await residentNow(pid)) <= most) continue
      large.add(pid)
      book.wrong(`The memory of a plugin grew beyond ${String(most)} MB.`)
    }
  }
  const timer = setInterval(() => void look(), lookEvery)
  return {
    look,
    stop: () => {
      clearInterval(timer)
    },
  }
}

// One that was killed a moment ago has none.
async function residentNow(pid: number): Promise<number> {
  const resident = await residentMegabytes(pid).catch(() => 0)
  return Number.isNaN(resident) ? 0 : resident
}
