// The demo's play: Bob gets a key, Alice chooses a route, a message goes there and an answer comes back.
import { setTimeout as delay } from 'node:timers/promises'
import { PluginError } from '../../plugin/errors.js'
import type { Step } from './plugins.js'
import { people, type Person, type Span, type Stage } from './demo-stage.js'

/** One message of the play. */
export interface Part {
  readonly from: Person
  readonly to: Person
  readonly text: string
  /** Servers that the writer chose, or none. */
  readonly route: string
}

export const parts: readonly Part[] = [
  { from: 'Alice', to: 'Bob', text: 'Lunch at noon, Bob?', route: 'c.example b.example' },
  { from: 'Bob', to: 'Alice', text: 'With pleasure, Alice!', route: '' },
]

// Peers fetch a new user's key within a second, and tell each other as soon which rooms lead where.
const settling = 1500
const longestWait = 45_000
const longestTaking = 15_000
const attempts = 3
const quiet = 400

/** Bob's key is made at his first word; Alice's choice of a route is a chat message to the plugin as well. */
export async function prepare(stage: Stage, say: (text: string) => void): Promise<void> {
  for (const [person, text] of [
    ['Bob', 'help'],
    ['Alice', `/route ${parts[0]?.route ?? ''}`],
  ] as const) {
    say(`${person} writes to P3DO: ${text}`)
    await stage.write(person, 'plugin', text)
    const { text: answer } = await stage.shown[person].waitFor(() => true, longestWait).catch(unanswered)
    say(`P3DO answers ${person}: ${answer.split('\n')[0] ?? ''}`)
  }
  await delay(settling)
}

/** Sends one message and waits until it is shown and all is quiet again. @throws PluginError when it is not */
export async function playPart(stage: Stage, part: Part): Promise<Span> {
  const { from, to, text, route } = part
  const { home } = people[from]
  const begun = Date.now()
  for (let attempt = 0; attempt < attempts; attempt++) {
    const since = Date.now()
    stage.journey.add({ time: since, server: home, event: 'written', by: from, to, route })
    await stage.write(from, to, text)
    if (await isSpoken(stage, home, since)) break
  }
  const { from: sender, at } = await stage.shown[to]
    .waitFor(message => message.text === text, longestWait)
    .catch((cause: unknown) => notShown(part, cause))
  stage.journey.add({ time: at, server: people[to].home, event: 'shown', to, from: sender, text })
  await stage.journey.waitFor(
    ({ event, server, time }) => event === 'acknowledged' && server === home && time >= begun,
    longestWait,
  )
  await untilQuiet(stage.journey.items)
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

function notShown({ from, to }: Part, cause: unknown): never {
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
