// The plugin's own processes beside the laboratory's servers: set up by `p3do init`, started by `p3do run`.
import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { checkout } from './checkout.js'
import { createInbox, type Inbox } from './inbox.js'
import { followJourney } from './journey.js'
import type { ServerName } from './network.js'
import { startProcess, type RunningProcess } from './process.js'
import type { Prosody } from './prosody.js'

/** One step of a cell's journey, as the plugin of that server tells it. */
export interface Step {
  readonly time: number
  readonly server: ServerName
  readonly event: string
  readonly [detail: string]: string | number
}

export interface Plugin {
  readonly server: ServerName
  readonly pid: number
  /** File with its log lines. */
  readonly log: string
  stop(): Promise<void>
  kill(): Promise<void>
  /** Starts it again with the same data, after `stop` or `kill`. */
  start(): void
}

export interface Plugins {
  readonly plugins: Readonly<Record<ServerName, Plugin>>
  readonly journey: Inbox<Step>
  stop(): Promise<void>
}

export interface PluginsOptions {
  readonly folder: string
  readonly servers: Readonly<Record<ServerName, Prosody>>
  readonly profile: 'fast' | 'default' | 'paranoid'
}

const names = ['a', 'b', 'c'] as const
const startTimeout = 30_000

/** Starts a plugin beside each server, all three peers of each other; resolves when each hears both others. */
export async function startPlugins(options: PluginsOptions): Promise<Plugins> {
  const journey = createInbox<Step>('step of a journey')
  const started = await Promise.all(names.map(name => startPlugin(options, name, journey)))
  const [a, b, c] = started as [Started, Started, Started]
  await Promise.all(names.map(name => hearsOthers(journey, name)))
  return {
    plugins: { a: a.plugin, b: b.plugin, c: c.plugin },
    journey,
    stop: async () => {
      await Promise.all(started.map(({ plugin }) => plugin.stop()))
      for (const { unfollow } of started) unfollow()
    },
  }
}

async function hearsOthers(journey: Inbox<Step>, name: ServerName): Promise<void> {
  const hears = ({ event, server }: Step): boolean => event === 'hears' && server === name
  const first = await journey.waitFor(hears, startTimeout)
  await journey.waitFor(step => hears(step) && step['peer'] !== first['peer'], startTimeout)
}

interface Started {
  readonly plugin: Plugin
  readonly unfollow: () => void
}

async function startPlugin(
  { folder: parent, servers, profile }: PluginsOptions,
  name: ServerName,
  journey: Inbox<Step>,
): Promise<Started> {
  const { domain, address, component } = servers[name]
  const folder = join(parent, `plugin-${name}`)
  await mkdir(folder, { recursive: true })
  const peers = names.filter(other => other !== name).flatMap(other => ['--peer', servers[other].domain])
  await p3do([
    'init',
    '--domain',
    domain,
    '--host',
    'prosody',
    '--profile',
    profile,
    '--folder',
    folder,
    ...peers,
  ])
  await writeFile(join(folder, 'secrets', 'component'), component.secret, { mode: 0o600 })
  const [log, steps] = [join(folder, 'p3do.log'), join(folder, 'journey.jsonl')]
  const env = {
    ...process.env,
    P3DO_SERVER_SERVICE: `xmpp://${address}:${String(component.port)}`,
    P3DO_LOG_JOURNEY: steps,
    // Nobody there: the names of the laboratory are no question for the machine's resolver.
    P3DO_DNS_RESOLVER: '127.0.0.1:9',
  }
  const run = (): RunningProcess =>
    startProcess(process.execPath, [program(), 'run', '--config', join(folder, 'p3do.toml')], {
      cwd: folder,
      env,
      output: log,
    })
  let running = run()
  return {
    plugin: {
      server: name,
      log,
      get pid() {
        return running.pid
      },
      stop: () => running.stop(),
      kill: () => running.kill(),
      start: () => {
        running = run()
      },
    },
    unfollow: followJourney(steps, step => {
      journey.add({ ...step, server: name } as Step)
    }),
  }
}

function program(): string {
  return join(checkout(), 'bin', 'p3do.js')
}

async function p3do(args: readonly string[]): Promise<void> {
  await promisify(execFile)(process.execPath, [program(), ...args])
}
