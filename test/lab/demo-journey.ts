// Tells the journey of onions in plain words, from the steps that the plugins trace, and folds what repeats.
import { createFloods } from './demo-floods.js'
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
  const floods = createFloods(print)
  let route: readonly string[] = []
  return {
    see(step) {
      if (step.event === 'written') route = String(step['route']).split(' ').filter(Boolean)
      // An acknowledgement takes a way of its own.
      if (step.event === 'acknowledges') route = []
      const onion = step['onion'] === undefined ? null : numberOf(String(step['as'] ?? step['onion']))
      if (onion !== null && floods.fold(step, onion)) return
      const text = describe(step, route)
      if (text !== null) print({ time: step.time, server: step.server, onion, text, tone: toneOf(step) })
    },
    settle: before => {
      floods.settle(before)
    },
  }
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
    case 'acknowledges':
      return 'acknowledges it: another onion, on a way of its own'
    case 'acknowledged':
      return 'knows now that the message arrived, and sends it no more'
    case 'shown':
      return `${String(step['to'])}'s client shows, from ${String(step['from'])}: ${String(step['text'])}`
    default:
      return null
  }
}

const openers: Readonly<Record<string, string>> = {
  context: "its room's key",
  server: "the server's key",
  tag: 'the one-time key that it had put into the message',
}

function describePeeling({ server, layer, key }: Step, route: readonly string[]): string {
  const position = route.indexOf(`${server}.example`)
  const next = position < 0 ? undefined : route[position + 1]
  const opener = openers[String(key)] ?? 'a key of its own'
  const says: Record<string, string> = {
    forward: `forward what is inside to ${next ?? 'a server that it names'}`,
    speak: 'speak what is inside, in this room only',
    deliver: key === 'tag' ? 'an acknowledgement' : 'a message for a user here',
  }
  return `opens it with ${opener}: ${says[String(layer)] ?? String(layer)}`
}

function toneOf({ event }: Step): Line['tone'] {
  return event === 'shown' || event === 'written' ? 'loud' : 'plain'
}
