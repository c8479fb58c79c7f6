// A plugin is killed at each step of taking, carrying and showing messages: none is lost, none is shown twice.
import t from 'tap'
import { createBook, type Book } from './book.js'
import { createChance } from './chance.js'
import type { Fault } from './fault.js'
import { startMemoryWorld } from './memory-world.js'
import type { World } from './world.js'

const longest = 600_000

// What waits to be sent again holds up its own conversation, so that a kill in another one comes as far as showing.
const conversations = [
  ['alice@a.example', 'bob@b.example'],
  ['anna@a.example', 'bob@b.example'],
  ['alice@a.example', 'ben@b.example'],
  ['anna@a.example', 'ben@b.example'],
] as const

function writeOne(world: World, number: number, refused: () => void = () => undefined): void {
  const [from, to] = conversations[number % conversations.length] ?? conversations[0]
  world.write(from, to, refused)
}

/** Writes until the message is accepted: after a start, it takes a moment until there is a route. */
async function writeAccepted(world: World, book: Book, number: number): Promise<void> {
  const { accepted } = book.summary
  const write = (): void => {
    writeOne(world, number, () => (refused = true))
  }
  let refused = true
  for (let passed = 0; book.summary.accepted === accepted; passed += 100) {
    if (passed > longest) throw new Error('No message is accepted.')
    if (refused) {
      refused = false
      write()
    }
    await world.pass(100)
  }
}

async function quiet(world: World, book: Book): Promise<void> {
  for (let passed = 0; (await world.waiting()) > 0 || book.missing().length > 0; passed += 100) {
    if (passed > longest) throw new Error('A message is under way for ever.')
    await world.pass(100)
  }
}

for (const [server, role, of, steps, calls] of [
  ['a', 'sender', 'messages', 12, ['sealMessage', 'addOutgoing', 'loadOutgoing']],
  ['b', 'receiver', 'messages', 26, ['openMessage', 'saveIncoming', 'deliver']],
  ['d', 'middle', 'cells', 12, ['addSeen', 'addOpened']],
] as const) {
  t.test(`the plugin of the ${role} is killed at each of ${String(steps)} steps`, async t => {
    const [book, chance] = [createBook(1), createChance(1)]
    const world = await startMemoryWorld({ chance, book, profile: 'fast', patience: 6 * longest })
    t.teardown(() => world.stop())
    for (let step = 1; step <= steps; step++) {
      await writeAccepted(world, book, step)
      const kill: Fault = { kind: 'kill', server, of, steps: step, lasts: 0 }
      await world.begin(kill)
      // Of what it takes now, nobody may ever hear.
      if (role === 'sender') writeOne(world, step)
      await world.pass(1500)
      await world.end(kill)
    }
    await quiet(world, book)
    await world.pass(20_000)
    const { lost, duplicated, reordered, accepted } = book.summary
    t.same({ lost, duplicated, reordered }, { lost: 0, duplicated: 0, reordered: 0 })
    t.ok(accepted >= steps, `${String(accepted)} were accepted`)
    t.same(book.wrongs, [])
    const hit = new Set(world.kills.map(({ call }) => call))
    t.comment(`${String(world.kills.length)} at ${[...hit].join(', ')}`)
    t.ok(
      calls.every(call => hit.has(call)),
      'it was in the middle of each of them',
    )
  })
}
