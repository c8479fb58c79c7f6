// A short run of the fault runner on real servers: plugins and hosts are killed and held still, links are cut.
import t from 'tap'
import { testFolder } from '../_folder.js'
import { createBook } from '../faults/book.js'
import { createChance } from '../faults/chance.js'
import { startRealWorld } from '../faults/real-world.js'
import { run } from '../faults/run.js'
import { drawSchedule } from '../faults/schedule.js'

t.test('thirty messages through five faults: none is lost, shown twice or out of order', async t => {
  const book = createBook(5)
  const kinds = ['kill', 'host-kill', 'host-pause', 'cut', 'split'] as const
  const world = await startRealWorld({ book, folder: testFolder(t), kinds })
  t.teardown(() => world.stop())
  const pace = { pause: 3000, shortest: 300, longest: 4000 }
  const events = drawSchedule({ ...world, ...pace, messages: 30, faults: 5 }, createChance(5))
  const say = (line: string) => t.comment(line)
  const waiting = await run({ world, book, events, quiet: 240_000, late: 2000, say })
  const { lost, duplicated, reordered, accepted } = book.summary
  t.same({ lost, duplicated, reordered, waiting }, { lost: 0, duplicated: 0, reordered: 0, waiting: 0 })
  t.ok(accepted >= 25, `${String(accepted)} were accepted`)
  t.same(book.wrongs, [])
})
