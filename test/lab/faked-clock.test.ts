// A clock that is set wrong while a program runs: the program sees it, its timers do not, and nothing is left of it.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import t from 'tap'
import { testFolder } from '../_folder.js'
import { createFakedClock, removeLeftClocks } from './faked-clock.js'

const program = 'setInterval(() => console.log(Date.now(), performance.now()), 50)'

t.test('a program sees the wrong time, and its timers go on', async t => {
  const clock = await createFakedClock(join(testFolder(t), 'clock'))
  const env = { ...process.env, ...clock.environment }
  const child = spawn(process.execPath, ['-e', program], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  t.teardown(() => child.kill('SIGKILL'))
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const elapsed: number[] = []
  const untilWrong = async (by: number): Promise<void> => {
    for (let wrong = NaN; !(Math.abs(wrong - by) < 5000);) {
      const [now = NaN, timers = NaN] = String((await lines.next()).value)
        .split(' ')
        .map(Number)
      wrong = now - Date.now()
      elapsed.push(timers)
    }
  }
  await untilWrong(0)
  for (const by of [100_000, -100_000]) {
    await clock.set(by)
    await untilWrong(by)
  }
  t.same(
    elapsed,
    [...elapsed].sort((one, other) => one - other),
  )
  t.ok((elapsed.at(-1) ?? Infinity) < 90_000)
  child.kill('SIGKILL')
  await once(child, 'exit')
  await removeLeftClocks()
  const left = await readdir('/dev/shm')
  t.notOk(left.some(name => name.endsWith(`_${String(child.pid)}`)))
})
