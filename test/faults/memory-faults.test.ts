// A short run in memory: the same faults as in a long one, fewer of them.
import t from 'tap'
import { createBook } from './book.js'
import { createChance } from './chance.js'
import { startMemoryWorld } from './memory-world.js'
import { run } from './run.js'
import { drawSchedule } from './schedule.js'

const [minute, hour] = [60_000, 3_600_000]
const midnight = Date.UTC(2026, 0, 2)

t.test('forty messages through thirteen faults of all kinds, with midnight among them', async t => {
  const seed = 371
  const [book, chance] = [createBook(seed), createChance(seed)]
  const own = { profile: 'default', patience: 3 * hour, begin: midnight - minute } as const
  const world = await startMemoryWorld({ chance, book, ...own })
  t.teardown(() => world.stop())
  const pace = { pause: 10_000, shortest: 1000, longest: 20_000 }
  const kinds = [...world.kinds, 'kill', 'kill', 'kill'] as const
  const events = drawSchedule(
    { ...world, ...pace, kinds, messages: 40, faults: kinds.length },
    chance.apart('schedule'),
  )
  const begun = world.now()
  await run({ world, book, events, quiet: 2 * hour, late: 30_000, say: line => t.comment(line) })
  const { accepted, lost, duplicated, reordered } = book.summary
  t.same({ accepted, lost, duplicated, reordered }, { accepted: 40, lost: 0, duplicated: 0, reordered: 0 })
  t.same(book.wrongs, [])
  t.equal(await world.waiting(), 0)
  const last = begun + (events.at(-1)?.at ?? 0)
  t.ok(begun < midnight && midnight < last, 'midnight came while there were faults')
  const killed = new Set(world.kills.map(({ server }) => server))
  t.same([...killed].sort(), ['a', 'b', 'c', 'd'], 'each was killed in the middle of something')
})
