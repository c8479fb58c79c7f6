// A short run in memory: the same faults as in a long one, fewer of them.
import t from 'tap'
import { createBook } from './book.js'
import { createChance } from './chance.js'
import { startMemoryWorld } from './memory-world.js'
import { run } from './run.js'
import { drawSchedule } from './schedule.js'

const hour = 3_600_000

t.test('thirty messages through twelve faults of most kinds, with midnight among them', async t => {
  const [book, chance] = [createBook(7), createChance(7)]
  const world = await startMemoryWorld({ chance, book, profile: 'default', patience: 3 * hour })
  t.teardown(() => world.stop())
  const pace = { pause: 10_000, shortest: 1000, longest: 20_000 }
  const events = drawSchedule({ ...world, ...pace, messages: 30, faults: 12 }, chance.apart('schedule'))
  await run({ world, book, events, quiet: 2 * hour, late: 30_000, say: line => t.comment(line) })
  const { accepted, lost, duplicated, reordered } = book.summary
  t.same({ accepted, lost, duplicated, reordered }, { accepted: 30, lost: 0, duplicated: 0, reordered: 0 })
  t.same(book.wrongs, [])
  t.equal(await world.waiting(), 0)
})
