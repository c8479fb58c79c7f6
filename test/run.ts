// Runs all tests, or the files that are named, each in a process of its own, by Node's own runner, which tap speaks with. Not by
// tap's program: it puts loaders before each file, and before every plugin and command that they start, which compute for a second.
import { setMaxListeners } from 'node:events'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'

const folder = join('dist', 'test')
// Tests of these wait for real programs most of the time.
const waiting = ['faults', 'interop', 'lab'].map(name => join(folder, name))

// Whatever hangs says where, by tap's own timer, unless its process goes on after all tests, milliseconds.
process.env['TAP_TIMEOUT'] ??= '300'
const longest = 330_000
const stopping = new AbortController()
// Each file listens.
setMaxListeners(0, stopping.signal)
for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    stopping.abort()
  })
const named = process.argv.slice(2)
const files = named.length > 0 ? named : await allFiles()
const events = run({ files, concurrency: 2, timeout: longest, signal: stopping.signal })
events.on('test:fail', () => (process.exitCode = 1))
await pipeline(events, new spec(), process.stdout, { end: false })

/** What computes and what waits in turns, so that one runs beside the other. */
async function allFiles(): Promise<string[]> {
  const names = await readdir(folder, { recursive: true })
  const all = names.filter(name => name.endsWith('.test.js')).map(name => join(folder, name))
  const isWaiting = (file: string): boolean => waiting.some(start => file.startsWith(start))
  const [wait, compute] = [all.filter(isWaiting).sort(), all.filter(file => !isWaiting(file)).sort()]
  const each = compute.length / wait.length
  return wait.flatMap((file, at) => [
    file,
    ...compute.slice(Math.round(at * each), Math.round((at + 1) * each)),
  ])
}
