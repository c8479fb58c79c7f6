// A real process that has very many onions to remember from before its start.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openStore } from '../../adapters/database/index.js'
import { systemRandom } from '../../adapters/random.js'
import type { Plugins } from '../lab/plugins.js'
import { bounded, type Row } from './report.js'

const remembered = 1_000_000
const atATime = 50_000
const day = 86_400_000
const limit = 300

/** Stops one of the plugins, gives it a past, and reads the most memory that it has had when it hears its peers again. */
export async function benchRemembered(
  { plugins: { a }, journey }: Plugins,
  onions = remembered,
): Promise<Row> {
  await a.stop()
  await fill(join(a.folder, 'data'), onions)
  const start = Date.now()
  a.start()
  const hears = await journey.waitFor(
    ({ server, event, time }) => server === 'a' && event === 'hears' && time >= start,
  )
  await journey.waitFor(
    step =>
      step.server === 'a' && step.event === 'hears' && step.time >= start && step['peer'] !== hears['peer'],
  )
  return bounded(
    `the same process that remembers ${onions} onions, at most`,
    await peakMegabytes(a.pid),
    'MB',
    limit,
  )
}

async function fill(folder: string, onions: number): Promise<void> {
  const store = await openStore(folder)
  const expires = Date.now() + day
  for (let left = onions; left > 0; left -= atATime) {
    const length = Math.min(left, atATime)
    await store.addSeen(Array.from({ length }, () => ({ hash: systemRandom.octets(16), expires })))
  }
  await store.close()
}

// The most that was ever resident (proc(5)).
async function peakMegabytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return (Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1]) * 1024) / 1_000_000
}
