// What a server could know is worked out from its own steps and nothing else.
import t from 'tap'
import { createOnionNumbers } from './demo-journey.js'
import { knowledgeOf, legsOf } from './demo-knowledge.js'
import type { Step } from './plugins.js'

const room = (name: string): string => `0123456789abcdef@conference.${name}.example`

// From Alice by c, with an extra hop through the room of a, to Bob.
const journey: Step[] = [
  { time: 0, server: 'a', event: 'written', by: 'Alice', to: 'Bob', route: '' },
  { time: 1, server: 'a', event: 'spoke', context: room('a'), onion: 'one' },
  { time: 2, server: 'c', event: 'heard', context: room('a'), onion: 'one' },
  { time: 3, server: 'c', event: 'peeled', onion: 'one', layer: 'forward', key: 'server' },
  { time: 4, server: 'c', event: 'added hop', onion: 'three', as: 'two', context: room('a') },
  { time: 5, server: 'c', event: 'spoke', context: room('c'), onion: 'two' },
  { time: 6, server: 'a', event: 'peeled', onion: 'two', layer: 'speak', key: 'context' },
  { time: 7, server: 'a', event: 'spoke', context: room('a'), onion: 'three' },
  { time: 8, server: 'c', event: 'heard', context: room('a'), onion: 'three' },
  { time: 9, server: 'b', event: 'peeled', onion: 'three', layer: 'deliver', key: 'server' },
  { time: 10, server: 'b', event: 'delivered', octets: 700 },
  { time: 11, server: 'b', event: 'shown', to: 'Bob', from: 'x', text: 'y' },
]

function known(server: Step['server'], steps: readonly Step[] = journey) {
  const numberOf = createOnionNumbers()
  for (const name of ['one', 'two', 'three']) numberOf(name)
  return knowledgeOf(server, legsOf(steps), numberOf)
}

t.test("the writer's server knows everything", async t => {
  t.match(known('a').knows, [/Alice wrote to Bob, what, and by which route/u])
  t.same(known('a').not, [])
})

t.test('a server in the middle knows the next one and its extra hop, and neither user', async t => {
  const { knows, guesses, not } = known('c')
  t.same(knows, ['that what was inside onion 1 went to b.example, by the room of a.example'])
  t.notMatch([...knows, ...guesses].join(' '), /Alice|Bob/u)
  t.match(not, [/which user wrote, to which/u])
})

t.test('in a network this small it can guess where a message began and ended, and that is said', async t => {
  t.match(known('c').guesses, [/a user of a\.example wrote \(onion 1 .*onion 3 arrived/u])
})

t.test("the receiver's server knows both users and not the way", async t => {
  const { knows, not } = known('b')
  t.match(knows, [/Bob got a message from Alice/u])
  t.match(not, [/which way/u])
})

t.test('a server that opened nothing knows that onions went by', async t => {
  const passing = journey.map(step =>
    step.server === 'c' && step.event === 'peeled' ? { ...step, event: 'heard' } : step,
  )
  t.match(known('c', passing).knows, [/onions 1, .*went by, of which it could open none/u])
})

t.test('steps are put in the order of time, and what was never shown is no message', async t => {
  const [leg] = legsOf([...journey].reverse())
  t.same(leg?.steps, journey)
  const again = { ...journey[0], time: -5 } as Step
  t.equal(legsOf([again, ...journey]).length, 1)
  t.same(legsOf(journey.slice(0, -1)), [])
})
