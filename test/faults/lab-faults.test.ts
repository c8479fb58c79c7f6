// What the servers of the real network saw of frames, judged: each thing that must not be is found.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { createBook } from './book.js'
import { createLabFaults } from './lab-faults.js'

const interval = 25
const inTime = { first: 1000, last: 1060, count: 2400 }
const well = { contexts: { 'x@conference.a.example': inTime }, readable: 0, lengths: 0, lost: 3, flooded: 50 }

async function wrongsOf(folder: string, seen: object): Promise<readonly string[]> {
  const book = createBook(1)
  const lab = createLabFaults(new Map([['a', folder]]), book, interval)
  await lab.lose(0.1)
  await lab.flood('a', ['frame'])
  await writeFile(join(folder, 'frames.json'), JSON.stringify(seen))
  await lab.look()
  lab.finish()
  return book.wrongs
}

t.test('frames of the right length that nobody can read, at their pace, are well', async t => {
  t.same(await wrongsOf(t.testdir(), well), [])
})

t.test('what can be read, is too long or too fast, or was never seen, is found', async t => {
  const tooFast = { ...inTime, count: 2700 }
  for (const broken of [
    { readable: 1 },
    { lengths: 1 },
    { contexts: { 'x@conference.a.example': tooFast } },
    { contexts: {} },
    { lost: 0 },
    { flooded: 0 },
  ])
    t.equal((await wrongsOf(t.testdir(), { ...well, ...broken })).length, 1, JSON.stringify(broken))
})

t.test('a server that was not to flood, or had no key for it, need not have', async t => {
  const folder = t.testdir()
  const book = createBook(1)
  const lab = createLabFaults(new Map([['a', folder]]), book, interval)
  await lab.flood('a', [])
  await writeFile(join(folder, 'frames.json'), JSON.stringify({ ...well, flooded: 0 }))
  await lab.look()
  lab.finish()
  t.same(book.wrongs, [])
})
