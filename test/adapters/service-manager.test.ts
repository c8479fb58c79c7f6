// What a service manager hears, with systemd's own program as the speaker and a socket as systemd has one.
import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import t, { type Test } from 'tap'
import { serviceManagerOf } from '../../adapters/service-manager.js'
import { ensureDebian } from '../lab/debian-packages.js'
import { createInbox, type Inbox } from '../lab/inbox.js'
import { createVirtualClock } from '../_virtual-clock.js'
import { testFolder } from '../_folder.js'

// Perl is on every Debian machine; Node.js has no such sockets, which is why systemd-notify is asked at all.
const receiver = `
use Socket;
$| = 1;
socket(my $socket, PF_UNIX, SOCK_DGRAM, 0) or die;
bind($socket, pack_sockaddr_un($ARGV[0])) or die;
print "listening\\n";
while (defined recv($socket, my $words, 4096, 0)) { print join(" | ", split /\\n/, $words), "\\n" }
`

const silent = { debug() {}, info() {}, warn() {}, error() {} }

/** Debian's systemd-notify for this process, and a socket of which every datagram is a line. */
async function listening(t: Test): Promise<{ heard: Inbox<string>; env: Record<string, string> }> {
  const folder = testFolder(t)
  const root = await ensureDebian(['systemd'])
  const libraries = join(root, 'usr/lib')
  const machine = readdirSync(libraries).find(name => name.endsWith('-linux-gnu')) ?? 'none'
  const paths = [
    join(root, 'lib', machine, 'systemd'),
    join(libraries, machine, 'systemd'),
    join(libraries, machine),
  ]
  const script = `#!/bin/sh\nLD_LIBRARY_PATH=${paths.join(':')} exec ${join(root, 'bin/systemd-notify')} "$@"\n`
  writeFileSync(join(folder, 'systemd-notify'), script, { mode: 0o755 })
  const path = process.env['PATH']
  process.env['PATH'] = `${folder}:${path ?? ''}`
  // Not in the test's folder: the path of a socket must be short (unix(7)).
  const short = mkdtempSync(join(tmpdir(), 'notify-'))
  const socket = join(short, 's')
  const child = spawn('perl', ['-e', receiver, socket], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.teardown(() => {
    process.env['PATH'] = path
    child.kill()
    rmSync(short, { recursive: true })
  })
  const heard = createInbox<string>('datagram')
  createInterface({ input: child.stdout }).on('line', line => {
    heard.add(line)
  })
  await heard.waitFor(line => line === 'listening')
  return { heard, env: { NOTIFY_SOCKET: socket } }
}

t.test('it hears that the plugin has joined, lives and ends', async t => {
  const { heard, env } = await listening(t)
  const clock = createVirtualClock()
  const watched = { ...env, WATCHDOG_USEC: '60000000', WATCHDOG_PID: String(process.pid) }
  const manager = serviceManagerOf({ env: watched, clock, log: silent })
  t.same(
    heard.items.filter(line => line.includes('=1') && !line.includes('BARRIER')),
    [],
    'nothing before it has joined',
  )
  manager.ready()
  t.match(await heard.waitFor(line => line.includes('READY=1')), /STATUS=Joined/)
  clock.advance(20_000)
  await heard.waitFor(line => line.includes('WATCHDOG=1'))
  await manager.stopping()
  t.ok(heard.items.some(line => line.includes('STOPPING=1')))
})

t.test('a watchdog that waits for another process hears nothing', async t => {
  const { heard, env } = await listening(t)
  const clock = createVirtualClock()
  const other = { ...env, WATCHDOG_USEC: '60000000', WATCHDOG_PID: '1' }
  const manager = serviceManagerOf({ env: other, clock, log: silent })
  manager.ready()
  clock.advance(600_000)
  await manager.stopping()
  t.notOk(heard.items.some(line => line.includes('WATCHDOG')))
})

t.test('without systemd-notify it is a warning, and nothing else', async t => {
  const warnings: string[] = []
  const log = { ...silent, warn: (_: object, words: string) => void warnings.push(words) }
  const path = process.env['PATH']
  process.env['PATH'] = ''
  t.teardown(() => (process.env['PATH'] = path))
  await serviceManagerOf({ env: { NOTIFY_SOCKET: '/nowhere' }, clock: createVirtualClock(), log }).stopping()
  t.match(warnings, [/systemd-notify\(1\) must be there/])
})

t.test('without a service manager nothing is said', async t => {
  const log = { ...silent, warn: () => t.fail() }
  const manager = serviceManagerOf({ env: {}, clock: createVirtualClock(), log })
  manager.ready()
  await manager.stopping()
  t.pass('nothing is said')
})
