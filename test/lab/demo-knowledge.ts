// What each server could know of the messages and what not, worked out from what it did in this run (design: what is not promised).
import { speakerOf, type NumberOnion } from './demo-journey.js'
import { people, type Person } from './demo-stage.js'
import type { ServerName } from './network.js'
import type { Step } from './plugins.js'

/** A message that was shown, with its steps in the order of time. */
export interface Leg {
  readonly from: Person
  readonly to: Person
  readonly steps: readonly Step[]
}

/** Sentences about one server. */
export interface Knowledge {
  readonly server: ServerName
  readonly knows: readonly string[]
  readonly guesses: readonly string[]
  readonly not: readonly string[]
}

/** Cuts the journey at each `written`; what was written and not shown is left out. */
export function legsOf(journey: readonly Step[]): Leg[] {
  const steps = [...journey].sort((one, other) => one.time - other.time)
  const starts = steps.flatMap((step, position) => (step.event === 'written' ? [position] : []))
  return starts
    .map((start, number) => steps.slice(start, starts[number + 1]))
    .filter(leg => leg.some(({ event }) => event === 'shown'))
    .map(leg => ({ from: leg[0]?.['by'] as Person, to: leg[0]?.['to'] as Person, steps: leg }))
}

/** What a server could know of all legs together. */
export function knowledgeOf(server: ServerName, legs: readonly Leg[], numberOf: NumberOnion): Knowledge {
  const each = legs.map(leg => knowledgeOfLeg(server, leg, numberOf))
  return {
    server,
    knows: each.flatMap(({ knows }) => knows),
    guesses: each.flatMap(({ guesses }) => guesses),
    not: [...new Set(each.flatMap(({ not }) => not))],
  }
}

type Found = Omit<Knowledge, 'server'>

function knowledgeOfLeg(server: ServerName, leg: Leg, numberOf: NumberOnion): Found {
  const own = leg.steps.filter(step => step.server === server)
  if (people[leg.from].home === server) return ofSender(leg)
  if (own.some(({ event }) => event === 'delivered')) return ofReceiver(leg, own, numberOf)
  return ofMiddle(leg, own, numberOf)
}

function ofSender({ from, to }: Leg): Found {
  const knows = `that ${from} wrote to ${to}, what, and by which route: ${from} is its user, it keeps the key and made the layers`
  return { knows: [knows], guesses: [], not: [] }
}

function ofReceiver(leg: Leg, own: readonly Step[], numberOf: NumberOnion): Found {
  const { from, to } = leg
  return {
    knows: [
      `that ${to} got a message from ${from}, and what it says: ${to} is its user, and it keeps the key`,
      ...opened(leg, own, numberOf),
    ],
    guesses: [],
    not: [
      `which way the message of ${from} came; it may guess from the order of onions and from what it opened`,
    ],
  }
}

function ofMiddle(leg: Leg, own: readonly Step[], numberOf: NumberOnion): Found {
  const passed = own.filter(({ event }) => event === 'heard').map(step => numberOf(String(step['onion'])))
  const onions = `onions ${passed.join(', ')}`
  const found = opened(leg, own, numberOf)
  return {
    knows: found.length > 0 ? found : [`that ${onions} went by, of which it could open none`],
    guesses: guessesOf(own, numberOf),
    not: ['which user wrote, to which, and what; at which place of the way it stood itself'],
  }
}

function opened(leg: Leg, own: readonly Step[], numberOf: NumberOnion): string[] {
  return own.flatMap(step => {
    if (step.event !== 'peeled') return []
    const onion = `onion ${String(numberOf(String(step['onion'])))}`
    if (step['layer'] === 'speak')
      return [`that ${onion} was an extra hop through its room, and which onion came out of it`]
    if (step['layer'] !== 'forward') return []
    return [`that what was inside ${onion} went to ${nextServer(leg, step)}${hopOf(own, step)}`]
  })
}

// The layer itself names the next server: it is whoever opens the next layer with a server's key.
function nextServer({ steps }: Leg, forward: Step): string {
  const later = steps.slice(steps.indexOf(forward) + 1)
  const next = later.find(({ event, key }) => event === 'peeled' && key !== 'context')
  return next ? `${next.server}.example` : 'a server that did not open it'
}

function hopOf(own: readonly Step[], forward: Step): string {
  const hop = own.slice(own.indexOf(forward) + 1).find(({ event }) => event === 'added hop')
  return hop ? `, by the room of ${speakerOf(hop['context'])}` : ''
}

// Whoever hears all rooms of a small network sees in which one an onion comes up, and after which none follows.
function guessesOf(own: readonly Step[], numberOf: NumberOnion): string[] {
  const heard = own.filter(({ event }) => event === 'heard')
  const [first, last] = [heard[0], own.findLast(({ onion }) => onion !== undefined)]
  if (!first || !last) return []
  const [began, ended] = [first, last].map(({ onion }) => String(numberOf(String(onion))))
  const room = speakerOf(first['context'])
  return [
    `that a user of ${room} wrote (onion ${String(began)} came up in its room) and that onion ${String(ended)} arrived (none followed): nothing else was under way`,
  ]
}
