// One `p3do run` as a process of its own, with its lines and its exit code at hand.
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { checkout } from '../lab/checkout.js'
import { createInbox, type Inbox } from '../lab/inbox.js'
import type { HostServer } from '../lab/host-server.js'

export interface Run {
  readonly lines: Inbox<string>
  /** Resolves with the exit code; null after a signal. */
  readonly ended: Promise<number | null>
  signal(name: NodeJS.Signals): void
}

const program = join(checkout(), 'bin', 'p3do.js')

/** Writes a configuration for the plugin of this server. */
export async function initialise(folder: string, server: HostServer): Promise<string> {
  await promisify(execFile)(process.execPath, [
    program,
    'init',
    '--domain',
    server.domain,
    '--folder',
    folder,
  ])
  await writeFile(join(folder, 'secrets', 'component'), server.component.secret, { mode: 0o600 })
  return folder
}

/** Starts `p3do run` in such a folder; it never outlives this process. */
export function run(folder: string, server: HostServer, env: Record<string, string> = {}): Run {
  const service = `xmpp://${server.address}:${String(server.component.port)}`
  const args = [
    '--pdeathsig',
    'KILL',
    process.execPath,
    program,
    'run',
    '--config',
    join(folder, 'p3do.toml'),
  ]
  const child = spawn('setpriv', args, {
    cwd: folder,
    env: { ...process.env, P3DO_SERVER_SERVICE: service, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const lines = createInbox<string>('line')
  createInterface({ input: child.stderr }).on('line', line => {
    lines.add(line)
  })
  const ended = once(child, 'close').then(([code]) => code as number | null)
  return { lines, ended, signal: name => void child.kill(name) }
}

/** The lines that are for the admin's eyes, without those of the log. */
export function toldBy({ lines }: Run): string[] {
  return lines.items.filter(line => !line.startsWith('{'))
}

/** Adds a line to the configuration. */
export function addLine(folder: string, line: string): Promise<void> {
  return appendFile(join(folder, 'p3do.toml'), `\n${line}\n`)
}
