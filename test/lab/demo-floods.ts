// Folds what every onion has alike into one line: that the others speak it again, and that all ignore what they have seen.
import type { Line } from './demo-journey.js'
import type { ServerName } from './network.js'
import type { Step } from './plugins.js'

export interface Floods {
  /** Takes a step of an onion; `true`: it is kept for the onion's one line. */
  fold(step: Step, onion: number): boolean
  /** Prints the lines to which nothing was added since that time, though more could come. */
  settle(before: number): void
}

interface Flood {
  readonly heard: Set<ServerName>
  readonly spokenAgain: Set<ServerName>
  ignored: number
  last: number
  told: boolean
}

// With n servers an onion is spoken n times and heard by n - 1 each time; all but the first time it is ignored.
const servers = 3
const hearings = servers * (servers - 1)

export function createFloods(print: (line: Line) => void): Floods {
  const floods = new Map<number, Flood>()
  const tell = (onion: number, flood: Flood): void => {
    flood.told = true
    print({ time: flood.last, server: null, onion, text: describeFlood(flood), tone: 'quiet' })
  }
  return {
    fold(step, onion) {
      const flood = floods.get(onion) ?? newFlood()
      floods.set(onion, flood)
      const folded = add(flood, step)
      if (folded && isOver(flood)) tell(onion, flood)
      return folded
    },
    settle(before) {
      for (const [onion, flood] of floods) if (!flood.told && flood.last < before) tell(onion, flood)
    },
  }
}

// What is not folded is told already.
function newFlood(): Flood {
  return { heard: new Set(), spokenAgain: new Set(), ignored: 0, last: 0, told: true }
}

function add(flood: Flood, { event, server, time }: Step): boolean {
  if (event === 'heard') flood.heard.add(server)
  const again = event === 'spoke' && flood.heard.has(server)
  if (!again && event !== 'ignored') return false
  if (again) flood.spokenAgain.add(server)
  else flood.ignored++
  flood.last = time
  flood.told = false
  return true
}

function isOver({ heard, spokenAgain, ignored }: Flood): boolean {
  return spokenAgain.size === heard.size && heard.size + ignored === hearings
}

function describeFlood({ spokenAgain, ignored }: Flood): string {
  const again = [...spokenAgain].sort().join(' and ')
  const copies = ignored === 1 ? '1 copy was' : `${String(ignored)} copies were`
  return `${again === '' ? 'nobody' : again} spoke it again; ${copies} heard and ignored (seen before)`
}
