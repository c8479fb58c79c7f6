// A stock chat client, go-sendxmpp, driven from outside; passwords are in its config file, never in arguments.
import { spawn } from 'node:child_process'
import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PluginError } from '../../plugin/errors.js'
import { ensureDebian } from './debian-packages.js'
import { createInbox } from './inbox.js'
import type { Inbox } from './inbox.js'
import type { LabUser } from './network.js'

/** A message as the client shows it. */
export interface ShownMessage {
  /** Bare address. */
  readonly from: string
  readonly text: string
  /** Whether the client opened it with its own key (OX). */
  readonly encrypted: boolean
  /** Milliseconds since 1970, when it was shown. */
  readonly at: number
}

export interface Listener {
  readonly messages: Inbox<ShownMessage>
  /** Stanzas as they came, several in one text where they came at once: for what the client does not show, as errors. */
  readonly stanzas: Inbox<string>
  stop(): Promise<void>
}

export interface Client {
  /** Logs in, sends one chat message and logs out; rejects with what the client printed where it failed. */
  send(user: LabUser, to: string, text: string, options?: OxOptions): Promise<void>
  /** Logs in, sends stanzas as they are written, and logs out. */
  raw(user: LabUser, stanzas: string): Promise<void>
  /** Makes a key for OX, in place of an older one, and publishes it as this client does. */
  makeKey(user: LabUser): Promise<void>
  /** Takes a key for OX from a file, without a passphrase, and publishes it; one of its user IDs is that account. */
  importKey(user: LabUser, file: string): Promise<void>
  /** Removes what this client published. */
  removeKeys(user: LabUser): Promise<void>
  /** Logs in and stays, as people do: says line after line to one contact and sees the answers of the host. */
  chat(user: LabUser, to: string): Promise<Chat>
  /** Logs in and shows what arrives; resolves when the user is online. */
  listen(user: LabUser, options?: OxOptions): Promise<Listener>
}

export interface OxOptions {
  /** With the client's own key, which `makeKey` made. */
  readonly encrypted?: boolean
}

export interface Chat {
  say(line: string): void
  /** Stanzas as they came. */
  readonly stanzas: Inbox<string>
  stop(): Promise<void>
}

/** Sets the client up; each user gets a folder of its own. */
export async function createClient(folder: string): Promise<Client> {
  const program = join(await ensureDebian(), 'usr/bin/go-sendxmpp')
  return {
    send: async (user, to, text, options) => {
      const child = await start(program, folder, user, [...ox(options), to])
      await finish(child, text)
    },
    raw: async (user, stanzas) => finish(await start(program, folder, user, ['--raw']), stanzas),
    makeKey: async user => finish(await start(program, folder, user, ['--ox-genprivkey-x25519']), ''),
    importKey: (user, file) =>
      repeated(async () => finish(await start(program, folder, user, ['--ox-import-privkey', file]), '')),
    removeKeys: async user => finish(await start(program, folder, user, ['--ox-delete-nodes']), ''),
    chat: async (user, to) => {
      const child = await start(program, folder, user, ['-d', '-i', to])
      const { stanzas, stop } = await listening(child)
      return { stanzas, stop, say: line => void child.stdin.write(`${line}\n`) }
    },
    // Its debug output is the only sign that the user is online.
    listen: async (user, options) =>
      listening(await start(program, folder, user, ['-d', '-l', ...ox(options)])),
  }
}

function ox(options: OxOptions = {}): string[] {
  return options.encrypted ? ['--ox'] : []
}

async function start(program: string, folder: string, user: LabUser, args: readonly string[]) {
  const home = join(folder, user.address)
  await mkdir(home, { recursive: true, mode: 0o700 })
  const [host = '', port = ''] = user.server.split(':')
  const lines = [
    `username: ${user.address}`,
    `password: ${user.password}`,
    `jserver: ${host}`,
    `port: ${port}`,
    '',
  ]
  await writeFile(join(home, 'config'), lines.join('\n'), { mode: 0o600 })
  const env = { ...process.env, HOME: home, XDG_DATA_HOME: home, XDG_CONFIG_HOME: home, XDG_CACHE_HOME: home }
  const dying = ['--pdeathsig', 'KILL', program, '-f', join(home, 'config'), '-n', ...args]
  return spawn('setpriv', dying, { env, stdio: 'pipe' })
}

async function finish(child: ChildProcessWithoutNullStreams, text: string): Promise<void> {
  let printed = ''
  for (const output of [child.stdout, child.stderr]) output.on('data', data => (printed += String(data)))
  child.stdin.end(text)
  await once(child, 'close')
  // Without a key to encrypt to it says so, sends nothing and ends well.
  if (child.exitCode !== 0 || printed.includes('ox: '))
    throw new PluginError('host-unreachable', `The chat client failed: ${printed.trim()}`)
}

// It compares what it published with what it reads back, and writes user IDs in any order: where there are two it fails in one of eight
// times, and people do it again.
async function repeated(upload: () => Promise<void>): Promise<void> {
  for (let times = 1; ; times++) {
    try {
      await upload()
      return
    } catch (error) {
      if (times === 12 || !String(error).includes('verify public key upload')) throw error
    }
  }
}

async function listening(child: ChildProcessWithoutNullStreams): Promise<Listener> {
  const messages = createInbox<ShownMessage>('message')
  const stanzas = createInbox<string>('stanza')
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    for (const message of parseShown(text)) messages.add(message)
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stanzas.add(text)
  })
  const ended = once(child, 'close').then(() => undefined)
  const stop = async () => {
    child.kill()
    await ended
  }
  const refused = ended.then(() => {
    throw new PluginError('host-unreachable', `The chat client ended: ${stanzas.items.at(-1)?.trim() ?? ''}`)
  })
  await Promise.race([stanzas.waitFor(text => text.includes('<presence')), refused])
  refused.catch(() => undefined)
  return { messages, stanzas, stop }
}

// How it marks what it opened with its own key.
const opened = '[OX] '

/** Reads what the client prints: a time, the sender, and text that may go on over further lines. */
function parseShown(printed: string): ShownMessage[] {
  const parts = printed.split(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ (?=(?:\[OX\] )?\S+@\S+: )/m).slice(1)
  return parts.map(part => {
    const encrypted = part.startsWith(opened)
    const shown = encrypted ? part.slice(opened.length) : part
    const colon = shown.indexOf(': ')
    const text = shown.slice(colon + 2).replace(/\n$/, '')
    return { from: shown.slice(0, colon), text, encrypted, at: Date.now() }
  })
}
