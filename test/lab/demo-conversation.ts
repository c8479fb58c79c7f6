// The first act: Alice and Bob turn onion routing on and write to each other; then, what each server could know of it.
import { announce, showMessage, tell, type Scene } from './demo-act.js'
import { command, type Message } from './demo-message.js'
import { reportOf, secretsOf } from './demo-report.js'
import { people, type Person, type Span, type Stage } from './demo-stage.js'

const route = 'c.example b.example'

const messages: readonly Message[] = [
  { from: 'Alice', to: 'Bob', text: 'Lunch at noon, Bob?', route },
  { from: 'Bob', to: 'Alice', text: 'With pleasure, Alice!', route: '' },
]

const { Alice, Bob } = people

export async function conversation(scene: Scene): Promise<void> {
  const { stage, paint, numberOf } = scene
  announce(scene, 'Each turns onion routing on, with a chat message to P3DO at the own server')
  await turnOn(stage, [
    ['Bob', `on ${Alice.address}`],
    ['Alice', `on ${Bob.address}`],
  ])
  await turnOn(stage, [['Alice', `/route ${route}`]])
  await keysExchanged(stage, 'a', 'b')
  const spans: Span[] = []
  for (const message of messages) {
    const { from, to, text } = message
    const way = message.route === '' ? 'a random route of three servers' : `the route ${route}, as chosen`
    announce(scene, `${from} to ${people[to].address}: ${text}  (${way})`)
    spans.push(await showMessage(scene, message, 'all'))
  }
  const span = { from: spans[0]?.from ?? 0, until: spans.at(-1)?.until ?? 0 }
  const observation = await stage.observe(span, secretsOf(messages.map(({ text }) => text)))
  announce(scene, 'What each could know of these two messages')
  console.log(`\n${reportOf({ journey: stage.journey.items, numberOf, span, observation }, paint)}`)
}

/** One command of each person; prints them with the answers. */
export async function turnOn(
  stage: Stage,
  commands: readonly (readonly [person: Person, words: string])[],
): Promise<void> {
  const answers = commands.map(([person, words]) => command(stage, person, words))
  for (const [at, [person, words]] of commands.entries()) {
    const [answer = ''] = (await answers[at])?.split('\n') ?? []
    tell(person, words)
    tell('  answer', answer)
  }
}

/** A user's key is made at his first word to the plugin; resolves when both servers have the other's user. */
export async function keysExchanged({ journey }: Stage, one: string, other: string): Promise<void> {
  for (const [server, peer] of [
    [one, other],
    [other, one],
  ])
    await journey.waitFor(
      step =>
        step.event === 'fetched keys' && step.server === server && step['peer'] === `${peer ?? ''}.example`,
    )
}
