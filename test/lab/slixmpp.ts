// A second stock client, slixmpp: its ad-hoc commands (XEP-0050), driven over its standard input, where passwords go, too.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { PluginError } from '../../plugin/errors.js'
import { checkout } from './checkout.js'
import { debianEnvironment, ensureDebian } from './debian-packages.js'
import type { LabUser } from './network.js'

/** What the client makes of an answer; which parts it has depends on the answer. */
export interface CommandShown {
  readonly commands?: Readonly<Record<string, string>>
  readonly session?: string
  readonly status?: string
  readonly actions?: readonly string[]
  readonly notes?: readonly (readonly [string, string])[]
  readonly title?: string
  readonly instructions?: string
  /** Type, label and whether it is required, by name. */
  readonly fields?: Readonly<Record<string, readonly [string, string, boolean]>>
  readonly rows?: readonly (readonly string[])[]
  /** Of an error. */
  readonly condition?: string
  readonly text?: string
}

export interface CommandClient {
  list(to: string): Promise<CommandShown>
  /** Begins a command. */
  begin(to: string, node: string): Promise<CommandShown>
  goOn(
    session: string | undefined,
    action: 'next' | 'prev' | 'complete' | 'cancel',
    fields?: Readonly<Record<string, string | boolean>>,
  ): Promise<CommandShown>
  stop(): Promise<void>
}

/** Logs in. */
export async function createCommandClient(folder: string, user: LabUser): Promise<CommandClient> {
  const root = await ensureDebian(['python3-slixmpp'])
  const own = join(root, 'usr/bin/python3.11')
  const unpacked = root !== '/' && existsSync(join(root, 'usr/lib'))
  const libraries = unpacked && existsSync(own) ? await debianEnvironment(root) : {}
  const env = {
    ...process.env,
    ...libraries,
    HOME: folder,
    PYTHONPATH: join(root, 'usr/lib/python3/dist-packages'),
  }
  await mkdir(folder, { recursive: true })
  const program = existsSync(own) ? own : '/usr/bin/python3'
  const script = join(checkout(), 'test/lab/slixmpp_commands.py')
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', program, script], { env, stdio: 'pipe' })
  let printed = ''
  child.stderr.on('data', data => (printed += String(data)))
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const next = async (): Promise<CommandShown> => {
    const line = await lines.next()
    if (line.done === true) throw new PluginError('host-unreachable', `slixmpp ended: ${printed.trim()}`)
    return JSON.parse(line.value) as CommandShown
  }
  const say = (words: object): Promise<CommandShown> => {
    child.stdin.write(`${JSON.stringify(words)}\n`)
    return next()
  }
  const [host = '', port = ''] = user.server.split(':')
  await say({ jid: user.address, password: user.password, host, port: Number(port) })
  return {
    list: to => say({ do: 'list', to }),
    begin: (to, node) => say({ do: 'command', to, node }),
    goOn: (session, action, fields) => say({ do: 'command', session, action, fields }),
    async stop() {
      const ended = once(child, 'close')
      child.stdin.end()
      await ended
    },
  }
}
