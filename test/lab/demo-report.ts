// The demo's last page: what each server could know, and what somebody who watches everything saw.
import type { NumberOnion } from './demo-journey.js'
import { knowledgeOf, legsOf, type Leg } from './demo-knowledge.js'
import { paragraph, type Paint } from './demo-paper.js'
import { people, type Observation, type Span } from './demo-stage.js'
import type { Step } from './plugins.js'

const servers = ['c', 'a', 'b'] as const

export interface Run {
  readonly journey: readonly Step[]
  readonly numberOf: NumberOnion
  readonly span: Span
  readonly observation: Observation
}

/** The page, from the events of this run alone. */
export function reportOf(run: Run, paint: Paint): string {
  const legs = legsOf(run.journey)
  const parts = servers.map(server => {
    const { knows, guesses, not } = knowledgeOf(server, legs, run.numberOf)
    const lines = [...labelled('knows', knows), ...labelled('may guess', guesses), ...labelled('not', not)]
    return [paint('bold', `${server}.example`), ...lines].join('\n')
  })
  const observer = [paint('bold', 'Somebody who watches every room'), ...ofObserver(run)].join('\n')
  const wires = [paint('bold', 'Somebody who watches the wires of both clients'), ...ofWires(legs)].join('\n')
  return [...parts, observer, wires].join('\n\n')
}

function labelled(label: string, sentences: readonly string[]): string[] {
  return sentences.map((sentence, number) => paragraph(number === 0 ? `  ${label}` : '', sentence))
}

function ofObserver({ journey, span, observation }: Run): string[] {
  const { cells, lengths, searched, found } = observation
  const total = [...cells.values()].reduce((sum, count) => sum + count, 0)
  const seconds = (span.until - span.from) / 1000
  const rates = [...cells.values()].map(count => (count / seconds).toFixed(1)).join(', ')
  const within = ({ time }: Step): boolean => time >= span.from && time <= span.until
  const onions = journey.filter(step => step.event === 'spoke' && within(step)).length
  const sizes = [...lengths].map(length => length.toLocaleString('en')).join(' and ')
  return [
    ...labelled('sees', [
      `${total.toLocaleString('en')} cells in ${seconds.toFixed(1)} s, ${rates} a second in the ${String(cells.size)} rooms; all of ${sizes} characters`,
    ]),
    ...labelled('not', [
      `which ${String(onions)} of them held an onion: cover looks the same without a link key`,
    ]),
    ...labelled('searched', [
      `${searched.toLocaleString('en')} stanzas in rooms and between servers for both texts and the addresses of all users in readable form: ` +
        (found.length === 0 ? 'found nowhere' : `FOUND ${found.join(', ')}`),
    ]),
  ]
}

// Nothing can hide this: docs/threat-model.md.
function ofWires(legs: readonly Leg[]): string[] {
  const pairs = legs.map(({ from, to, steps }) => {
    const taken = (steps.find(({ event }) => event === 'shown')?.time ?? 0) - (steps[0]?.time ?? 0)
    return `${from} sends, and ${String(taken)} ms later ${to} receives`
  })
  return labelled('sees', [`that ${pairs.join('; ')}. One such pair is chance, many are not`])
}

/** Texts that should be nowhere outside the home servers. */
export function secretsOf(texts: readonly string[]): string[] {
  return [...texts, ...Object.values(people).map(({ address }) => address)]
}
