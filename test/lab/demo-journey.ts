// Tells the journey of onions in plain words, from the steps that the plugins trace, and folds what repeats.
import type { ServerName } from './network.js'
import type { Step } from './plugins.js'

/** One line of the story. */
export interface Line {
  /** Milliseconds since 1970. */
  readonly time: number
  /** `null` where several servers did it. */
  readonly server: ServerName | null
  readonly onion: number | null
  readonly text: string
  readonly tone: 'plain' | 'quiet' | 'loud'
}

/** Short names of onions for people: 1, 2, 3 in the order in which they appear. */
export type NumberOnion = (name: string) => number

export interface Narrator {
  /** Takes the next step, in the order of time. */
  see(step: Step): void
  /** Tells what was held back to be folded, as far as nothing was added to it since that time. */
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

export function createOnionNumbers(): NumberOnion {
  const numbers = new Map<string, number>()
  return name => {
    const number = numbers.get(name) ?? numbers.size + 1
    numbers.set(name, number)
    return number
  }
}

/** Domain of the server that speaks in a context: the laboratory's rooms are at `conference.` and the domain. */
export function speakerOf(context: unknown): string {
  return String(context).replace(/^.*@conference\./u, '')
}

/** Calls `print` for each line. Steps `written` (with `route`, empty for a random one) and `shown` are the demo's own. */
export function createNarrator(numberOf: NumberOnion, print: (line: Line) => void): Narrator {
  const floods = new Map<number, Flood>()
  let route: readonly string[] = []

  const floodOf = (onion: number): Flood => {
    const known = floods.get(onion)
    if (known) return known
    const flood = {
      heard: new Set<ServerName>(),
      spokenAgain: new Set<ServerName>(),
      ignored: 0,
      last: 0,
      told: false,
    }
    floods.set(onion, flood)
    return flood
  }
  const tell = (onion: number, flood: Flood): void => {
    flood.told = true
    print({ time: flood.last, server: null, onion, text: describeFlood(flood), tone: 'quiet' })
  }
  const fold = (step: Step, onion: number): boolean => {
    const flood = floodOf(onion)
    if (step.event === 'heard') flood.heard.add(step.server)
    const again = step.event === 'spoke' && flood.heard.has(step.server)
    if (!again && step.event !== 'ignored') return false
    if (again) flood.spokenAgain.add(step.server)
    else flood.ignored++
    flood.last = step.time
    flood.told = false
    if (isOver(flood)) tell(onion, flood)
    return true
  }

  return {
    see(step) {
      if (step.event === 'written') route = String(step['route']).split(' ').filter(Boolean)
      const onion = step['onion'] === undefined ? null : numberOf(String(step['as'] ?? step['onion']))
      if (onion !== null && fold(step, onion)) return
      const text = describe(step, route)
      if (text !== null) print({ time: step.time, server: step.server, onion, text, tone: toneOf(step) })
    },
    settle(before) {
      for (const [onion, flood] of floods)
        if (!flood.told && flood.last > 0 && flood.last < before) tell(onion, flood)
    },
  }
}

function isOver({ heard, spokenAgain, ignored }: Flood): boolean {
  return spokenAgain.size === heard.size && heard.size + ignored === hearings
}

function describeFlood({ spokenAgain, ignored }: Flood): string {
  const again = [...spokenAgain].sort().join(' and ')
  return `${again || 'nobody'} spoke it again; heard ${String(ignored)} times more and ignored (seen before)`
}

function describe(step: Step, route: readonly string[]): string | null {
  switch (step.event) {
    case 'written':
      return `${String(step['by'])}'s client sends the message`
    case 'spoke':
      return 'speaks it in its room, in place of a cover cell'
    case 'heard':
      return `hears it in the room of ${speakerOf(step['context'])}: new, so it will speak it again`
    case 'peeled':
      return describePeeling(step, route)
    case 'added hop':
      return `adds an extra hop around what was inside: the room of ${speakerOf(step['context'])}`
    case 'delivered':
      return "finds the sending server's voucher valid: delivered to its user"
    case 'shown':
      return `${String(step['to'])}'s client shows, from ${String(step['from'])}: ${String(step['text'])}`
    default:
      return null
  }
}

function describePeeling({ server, layer, key }: Step, route: readonly string[]): string {
  const position = route.indexOf(`${server}.example`)
  const next = position < 0 ? undefined : route[position + 1]
  const opener = key === 'context' ? "its room's key" : "the server's key"
  const says: Record<string, string> = {
    forward: `forward what is inside to ${next ?? 'a server that it names'}`,
    speak: 'speak what is inside, in this room only',
    deliver: 'a message for a user here',
  }
  return `opens it with ${opener}: ${says[String(layer)] ?? String(layer)}`
}

function toneOf({ event }: Step): Line['tone'] {
  return event === 'shown' || event === 'written' ? 'loud' : 'plain'
}
