// A short run of the fault runner on real servers, Prosody and ejabberd: plugins and hosts are killed and held still, links are
// cut and swallow, cells are lost.
import t from 'tap'
import { testFolder } from '../_folder.js'
import { createBook } from '../faults/book.js'
import { createChance } from '../faults/chance.js'
import type { FaultKind } from '../faults/fault.js'
import { startRealWorld } from '../faults/real-world.js'
import { run } from '../faults/run.js'
import { drawSchedule } from '../faults/schedule.js'

t.test('thirty messages through seven faults: none is lost, shown twice or out of order', async t => {
  const seed = 20372
  const book = createBook(seed)
  const kinds: readonly FaultKind[] = ['kill', 'kill', 'kill', 'host-kill', 'black-hole', 'cut', 'loss']
  const world = await startRealWorld({ book, folder: testFolder(t), kinds, ejabberd: ['b'] })
  t.teardown(() => world.stop())
  const pace = { pause: 2200, shortest: 300, longest: 4000 }
  const asked = { ...world, ...pace, messages: 30, faults: kinds.length }
  const events = drawSchedule(asked, createChance(seed))
  const faults = events.flatMap(event => (event.what === 'begin' ? [event.fault] : []))
  const hit = faults.flatMap(fault => ('server' in fault ? [`${fault.kind} ${fault.server}`] : []))
  t.same(hit.sort(), ['host-kill b', 'kill a', 'kill b', 'kill c'], 'every plugin, and ejabberd')
  const say = (line: string) => t.comment(line)
  const waiting = await run({ world, book, events, quiet: 240_000, late: 2000, say })
  const { lost, duplicated, reordered, accepted } = book.summary
  t.same({ lost, duplicated, reordered, waiting }, { lost: 0, duplicated: 0, reordered: 0, waiting: 0 })
  t.ok(accepted >= 25, `${String(accepted)} were accepted`)
  t.same(book.wrongs, [])
})
