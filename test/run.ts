// Runs all tests, or the files that are named, each in a process of its own, by Node's own runner, which tap speaks with. Not by
// tap's program: it puts loaders before each file, and before every plugin and command that they start, which compute for a second.
import { setMaxListeners } from 'node:events'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { run, type TestsStream } from 'node:test'
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
const lastWords = listenFor(events)
await pipeline(events, new spec(), process.stdout, { end: false })
process.stdout.write(lastWords())

/** For the end of it all: how files ended whose tests do not explain it, and what was printed before that beside tests. */
function listenFor(events: TestsStream): () => string {
  let printed = ''
  let words = ''
  const note = (how: string): void => {
    words += `${printed}${how}; what it said is above.\n\n`
    printed = ''
  }
  const keep = ({ message }: { message: string }): void => {
    printed = `${printed}${message.trimEnd()}\n`.slice(-4000)
  }
  events.on('test:stderr', keep)
  events.on('test:diagnostic', keep)
  events.on('test:fail', ({ name, details: { error } }) => {
    const { exitCode, signal } = error as Partial<Record<'exitCode' | 'signal', unknown>>
    if (files.includes(name)) note(`${name} ended with ${String(signal ?? exitCode)}`)
  })
  // A process ends well in the middle of it all when nothing is left for which it waits.
  events.on('test:pass', ({ name }) => {
    if (!files.includes(name)) return
    process.exitCode = 1
    note(`${name} FAILED: it ended before any of its tests`)
  })
  return () => words
}

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
