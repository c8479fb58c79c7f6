// The demo as a program, on in-process hosts: it tells everything, ends by itself, and leaves nothing.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { checkout } from './checkout.js'
import { testFolder } from '../_folder.js'

const program = join(checkout(), 'dist/test/lab/demo.js')

function startDemo(t: Test, ...args: string[]) {
  const folder = testFolder(t, { tmp: {}, home: {} })
  const env = { ...process.env, TMPDIR: join(folder, 'tmp'), INIT_CWD: join(folder, 'home') }
  const child = spawn(process.execPath, [program, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  t.teardown(() => child.kill('SIGKILL'))
  const printed = { out: '', err: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => (printed.out += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (printed.err += text))
  const ended = once(child, 'close').then(() => child.exitCode)
  return { child, printed, ended, left: () => readdirSync(join(folder, 'tmp')), home: join(folder, 'home') }
}

t.test('all messages arrive, and the journey and its lesson are told', async t => {
  const { printed, ended, left, home } = startDemo(
    t,
    '--host',
    'memory',
    '--profile',
    'fast',
    '--keep',
    'run',
  )
  t.equal(await ended, 0)
  t.equal(printed.err, '')
  for (const told of [
    "Bob's client shows, from alice@a.example: Lunch at noon, Bob?",
    "Alice's client shows, from bob@b.example: With pleasure, Alice!",
    "Alice's client shows, from carol@c.example: May I join you?",
    "Carol's client shows, from alice@a.example: Of course, Carol.",
    /Onion\s+routing is on for bob@b\.example/u,
    /c\.example +1 .*forward what is inside to b\.example/u,
    /c\.example +2 .*adds an extra hop/u,
    /opens it with its room's key: speak/u,
    /4 copies were heard and ignored/u,
    /all of 2,732 characters/u,
    /found\s+nowhere/u,
  ])
    t.match(printed.out, told)
  t.same(left(), [])
  t.same(readdirSync(join(home, 'run')), ['journey.jsonl'])
})

t.test('a signal ends it early, with nothing left behind', async t => {
  const { child, ended, left } = startDemo(t, '--host', 'memory')
  await once(child.stdout, 'data')
  child.kill('SIGTERM')
  t.equal(await ended, 143)
  t.same(left(), [])
})

t.test('a reader who goes away ends it', async t => {
  const { child, ended, left } = startDemo(t, '--host', 'memory', '--profile', 'fast')
  child.stdout.destroy()
  t.equal(await ended, 1)
  t.same(left(), [])
})

t.test('a wrong argument is one clear message', async t => {
  const { printed, ended } = startDemo(t, '--host', 'irc')
  t.equal(await ended, 1)
  t.equal(printed.err.trim(), '--host is one of: real, memory.')
  t.equal(printed.out, '')
})

t.test('a folder that holds something is not written into', async t => {
  const { printed, ended } = startDemo(t, '--host', 'memory', '--keep', '..')
  t.equal(await ended, 1)
  t.match(printed.err, 'the folder is not empty')
})
