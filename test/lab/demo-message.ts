// One message of the demo, from the writer's client until the writer's server knows that it arrived.
import { setTimeout as delay } from 'node:timers/promises'
import { PluginError } from '../../plugin/errors.js'
import { people, type Person, type Span, type Stage } from './demo-stage.js'
import type { Step } from './plugins.js'

export interface Message {
  readonly from: Person
  readonly to: Person
  readonly text: string
  /** Servers that the writer chose, or none. */
  readonly route: string
}

const longestWait = 45_000
const longestTaking = 15_000
const attempts = 3
const quiet = 400

/** Says a command to the plugin; resolves to its answer. @throws PluginError where none comes */
export async function command(stage: Stage, person: Person, words: string): Promise<string> {
  const { items } = stage.shown[person]
  const before = items.length
  await stage.write(person, 'plugin', words)
  const isNew = (): boolean => items.length > before
  const { text } = await stage.shown[person].waitFor(isNew, longestWait).catch(unanswered)
  return items[before]?.text ?? text
}

/**
 * Sends one message and waits until it is shown, or until it is acknowledged as well and all is quiet again.
 * @throws PluginError when it is not
 */
export async function playMessage(
  stage: Stage,
  message: Message,
  until: 'shown' | 'acknowledged',
): Promise<Span> {
  const { from, to, text, route } = message
  const { home } = people[from]
  const begun = Date.now()
  for (let attempt = 0; attempt < attempts; attempt++) {
    const since = Date.now()
    stage.journey.add({ time: since, server: home, event: 'written', by: from, to, route })
    await stage.write(from, to, text)
    if (await isSpoken(stage, home, since)) break
  }
  const { from: sender, at } = await stage.shown[to]
    .waitFor(shown => shown.text === text, longestWait)
    .catch((cause: unknown) => notShown(message, cause))
  stage.journey.add({ time: at, server: people[to].home, event: 'shown', to, from: sender, text })
  if (until === 'acknowledged') {
    const isKnown = ({ event, server, time }: Step): boolean =>
      event === 'acknowledged' && server === home && time >= begun
    await stage.journey.waitFor(isKnown, longestWait)
    await untilQuiet(stage.journey.items)
  }
  return { from: begun, until: Date.now() }
}

// A key that has not come yet makes the plugin refuse, which go-sendxmpp is gone too soon to hear.
async function isSpoken({ journey }: Stage, server: Step['server'], since: number): Promise<boolean> {
  const spoken = (step: Step): boolean =>
    step.event === 'spoke' && step.server === server && step.time >= since
  return journey.waitFor(spoken, longestTaking).then(
    () => true,
    () => false,
  )
}

function unanswered(cause: unknown): never {
  const waited = String(longestWait / 1000)
  const message = `The plugin does not answer within ${waited} s. --keep FOLDER keeps the logs.`
  throw new PluginError('host-unreachable', message, { cause })
}

function notShown({ from, to }: Message, cause: unknown): never {
  const advice = 'The journey above shows how far it came; --keep FOLDER keeps the logs.'
  throw new PluginError(
    'route-unreachable',
    `${to}'s client did not show ${from}'s message within ${String(longestWait / 1000)} s. ${advice}`,
    { cause },
  )
}

async function untilQuiet(steps: readonly Step[]): Promise<void> {
  for (let before = -1; steps.length !== before;) {
    before = steps.length
    await delay(quiet)
  }
}
