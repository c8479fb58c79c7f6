// slixmpp, a stock client's library, running one of the laboratory's scripts: JSON lines in and out, the password among them.
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

/** What the client is made of. */
export const slixmppPackages = ['python3-slixmpp']

export interface SlixmppProcess {
  say(words: object): void
  /** Ends its input, upon which it logs out; resolves when it is gone. */
  stop(): Promise<void>
  /** Rejects when it ends without `stop`, with what it printed as errors. */
  readonly unexpectedEnd: Promise<never>
}

/** Logs in. @param hear called with each line that the script says; @param certificate a file by which to log in, PEM, its key behind it */
export async function startSlixmpp(
  script: string,
  folder: string,
  user: LabUser,
  hear: (said: object) => void,
  certificate?: string,
): Promise<SlixmppProcess> {
  const root = await ensureDebian(slixmppPackages)
  const own = join(root, 'usr/bin/python3.11')
  const libraries = root !== '/' && existsSync(own) ? await debianEnvironment(root) : {}
  const packages = join(root, 'usr/lib/python3/dist-packages')
  const env = { ...process.env, ...libraries, HOME: folder, PYTHONPATH: packages }
  await mkdir(folder, { recursive: true })
  const program = existsSync(own) ? own : '/usr/bin/python3'
  const file = join(checkout(), 'test', 'lab', script)
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', program, file], { env, stdio: 'pipe' })
  let printed = ''
  let wanted = false
  child.stderr.on('data', data => (printed += String(data)))
  createInterface({ input: child.stdout }).on('line', line => {
    hear(JSON.parse(line) as object)
  })
  const ended = once(child, 'close').then(() => undefined)
  const unexpectedEnd = ended.then(() => {
    if (wanted) return new Promise<never>(() => undefined)
    throw new PluginError('host-unreachable', `slixmpp ended: ${printed.trim()}`)
  })
  unexpectedEnd.catch(() => undefined)
  const say = (words: object): void => void child.stdin.write(`${JSON.stringify(words)}\n`)
  const [host = '', port = ''] = user.server.split(':')
  say({ jid: user.address, password: user.password, certificate, host, port: Number(port) })
  return {
    say,
    unexpectedEnd,
    async stop() {
      wanted = true
      child.stdin.end()
      await ended
    },
  }
}
