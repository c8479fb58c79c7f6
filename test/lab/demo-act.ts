// What an act of the demo gets, and the telling that acts share.
import { followSteps } from './demo-follow.js'
import { createNarrator, type Narrator, type NumberOnion } from './demo-journey.js'
import { journeyHead, journeyLine, paragraph, type Paint } from './demo-paper.js'
import { playMessage, type Message } from './demo-message.js'
import type { Begin } from './demo-closing.js'
import type { Span, Stage } from './demo-stage.js'

/** One act; it leaves the stage so that another one can follow. @throws PluginError when it does not go as it should */
export type Act = (scene: Scene) => Promise<void>

/** What acts share. */
export interface Scene {
  readonly stage: Stage
  readonly paint: Paint
  /** The same onion has the same number in all acts. */
  readonly numberOf: NumberOnion
  /** Starts what an act needs besides; it ends with the demo. */
  readonly begin: Begin
}

/** Prints the head of an act, or of what follows in it. */
export function announce({ paint }: Scene, title: string): void {
  console.log(`\n${paint('bold', title)}`)
}

/** Prints sentences beside a label of up to ten characters. */
export function tell(label: string, text: string): void {
  console.log(paragraph(`  ${label}`, text))
}

/** Sends one message and prints its journey: all of it until it is acknowledged, or what its ends see until it is shown. */
export async function showMessage(
  { stage, paint, numberOf }: Scene,
  message: Message,
  detail: 'all' | 'ends',
): Promise<Span> {
  console.log(`\n${paint('dim', journeyHead)}`)
  const start = Date.now()
  const narrator = createNarrator(numberOf, line => {
    console.log(journeyLine(line, start, paint))
  })
  const stop = followSteps(stage.journey, detail === 'all' ? narrator : endsOnly(narrator))
  try {
    return await playMessage(stage, message, detail === 'all' ? 'acknowledged' : 'shown')
  } finally {
    stop()
  }
}

const events = new Set(['written', 'delivered', 'shown'])

function endsOnly(narrator: Narrator): Narrator {
  return {
    ...narrator,
    see(step) {
      if (events.has(step.event)) narrator.see(step)
    },
  }
}
