// A disk that is full for real: a small one of its own, in a namespace where anybody may mount.
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { checkout } from '../../lab/checkout.js'
import type { Observed } from './_on-small-disk.js'

const program = join(checkout(), 'dist/test/adapters/database/_on-small-disk.js')
const folder = t.testdir()

async function onSmallDisk(): Promise<Observed> {
  const mounted = 'mount -t tmpfs -o size=4m tmpfs "$1" && shift && exec "$@"'
  const command = [process.execPath, program, folder]
  const { stdout } = await promisify(execFile)(
    'unshare',
    ['--map-root-user', '--mount', 'sh', '-c', mounted, 'sh', folder, ...command],
    { maxBuffer: 1_048_576 },
  )
  return JSON.parse(stdout) as Observed
}

t.test('a full disk refuses what is new, loses nothing, and all goes on when there is room', async t => {
  const seen = await onSmallDisk()
  t.strictSame(seen.crashed, [])
  t.ok(seen.refusals.length > 0, `${String(seen.refusals.length)} messages were refused`)
  t.ok(seen.refusals.every(({ code, message }) => code === 'queue-full' && message.includes('is full')))
  t.ok(seen.refusedWrites > seen.refusals.length, 'and what comes in, too')
  t.ok(seen.fromFull.length >= 6, `${String(seen.fromFull.length)} were accepted`)
  t.ok(
    seen.fromFull.every(times => times === 1),
    'what was accepted arrives once',
  )
  t.equal(seen.toFull.length, 5)
  t.equal(seen.shownWhileFull, 0, 'what cannot be remembered is not shown')
  t.ok(
    seen.toFull.every(times => times === 1),
    'and arrives once when it can',
  )
  t.ok(seen.inOrder)
  t.strictSame(seen.alarms, ['The disk is full: nothing more is accepted until there is room again.'])
  t.equal(seen.waiting, 0)
  t.strictSame(seen.opened, [true, false], 'replays are told as before')
})
