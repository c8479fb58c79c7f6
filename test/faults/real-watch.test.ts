// The watch over the memory of real plugins: it finds what is too large, and is content with what has ended.
import { spawnSync } from 'node:child_process'
import t from 'tap'
import { createBook } from './book.js'
import { startWatch } from './real-watch.js'

const lab = { look: () => Promise.resolve() }

t.test('a process with too much memory is found once', async t => {
  const book = createBook(1)
  const watch = startWatch({ book, lab, pids: () => [process.pid], most: 1 })
  t.teardown(() => {
    watch.stop()
  })
  await watch.look()
  await watch.look()
  t.same(book.wrongs, ['The memory of a plugin grew beyond 1 MB.'])
})

t.test('one that has ended, or has little, is well', async t => {
  const book = createBook(1)
  const ended = spawnSync(process.execPath, ['--version']).pid
  const watch = startWatch({ book, lab, pids: () => [ended, process.pid], most: 10_000 })
  t.teardown(() => {
    watch.stop()
  })
  await watch.look()
  t.same(book.wrongs, [])
})
