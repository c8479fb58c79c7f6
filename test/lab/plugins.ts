// The plugin's own processes beside the laboratory's servers: set up by `p3do init`, started by `p3do run`.
import { execFile } from 'node:child_process'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { parseDomain } from '../../plugin/addresses.js'
import { encodeSecretKey, generateServerKey } from '../../plugin/openpgp/index.js'
import { checkout } from './checkout.js'
import { createInbox, type Inbox } from './inbox.js'
import { followJourney } from './journey.js'
import type { Names } from './network-names.js'
import type { ServerName } from './network.js'
import { startProcess, type RunningProcess } from './process.js'
import type { HostServer } from './host-server.js'

/** One step of a cell's journey, as the plugin of that server tells it. */
export interface Step {
  readonly time: number
  readonly server: ServerName
  readonly event: string
  readonly [detail: string]: string | number
}

export interface Plugin {
  readonly server: ServerName
  /** Of the process that was started last. */
  readonly pid: number
  /** Where its configuration, secrets and data are. */
  readonly folder: string
  /** File with its log lines. */
  readonly log: string
  /** Where it gives keys to everybody, if it does. */
  readonly keyServer: string
  /** Gives a command on the command line; what it prints. Rejects with its exit code as `code`. */
  operate(...words: string[]): Promise<string>
  stop(): Promise<void>
  kill(): Promise<void>
  /** Starts it again with the same data, after `stop` or `kill`. */
  start(): void
  /** While it is stopped: another key in place of its own, and nothing else left; its zone names that key. */
  swapKey(): Promise<void>
}

export interface Plugins {
  readonly plugins: Readonly<Record<ServerName, Plugin>>
  readonly journey: Inbox<Step>
  stop(): Promise<void>
}

export interface PluginsOptions {
  readonly folder: string
  readonly servers: Readonly<Record<ServerName, HostServer>>
  readonly profile: 'fast' | 'default' | 'paranoid'
  /** Where they publish their keys and find each other's; without it they ask no DNS. */
  readonly names?: Names | null
  /** The part of the clocks that loops take, in hundredths; none unless it is given. */
  readonly loops?: number
  /** Each gives keys to everybody over HTTP. */
  readonly keyServers?: boolean
  /** Those that speak nowhere at first, so that nobody hears them. */
  readonly silent?: readonly ServerName[]
  /** More for the environment in which a server's plugin runs. */
  readonly environment?: (name: ServerName) => Readonly<Record<string, string>>
}

const names = ['a', 'b', 'c'] as const
// Twice as long as a peer is waited for whose answer gets lost, and more.
const startTimeout = 75_000
const keyServerPort = 11_371

/** Starts a plugin beside each server, all three peers of each other; resolves when each hears both others. */
export async function startPlugins(options: PluginsOptions): Promise<Plugins> {
  const journey = createInbox<Step>('step of a journey')
  // All keys are in DNS before anybody asks for one.
  const prepared = await Promise.all(names.map(name => preparePlugin(options, name, journey)))
  const started = prepared.map(start => start())
  const [a, b, c] = started as [Started, Started, Started]
  await Promise.all(names.map(name => hearsOthers(journey, name, options.silent ?? [])))
  return {
    plugins: { a: a.plugin, b: b.plugin, c: c.plugin },
    journey,
    stop: async () => {
      await Promise.all(started.map(({ plugin }) => plugin.stop()))
      for (const { unfollow } of started) unfollow()
    },
  }
}

async function hearsOthers(
  journey: Inbox<Step>,
  name: ServerName,
  silent: readonly ServerName[],
): Promise<void> {
  const others = names.filter(other => other !== name && !silent.includes(other))
  const heard = new Set<unknown>()
  while (heard.size < others.length) {
    const isNew = ({ event, server, peer }: Step): boolean =>
      event === 'hears' && server === name && !heard.has(peer)
    heard.add((await journey.waitFor(isNew, startTimeout))['peer'])
  }
}

interface Started {
  readonly plugin: Plugin
  readonly unfollow: () => void
}

async function preparePlugin(
  options: PluginsOptions,
  name: ServerName,
  journey: Inbox<Step>,
): Promise<() => Started> {
  const { servers, names: zones = null } = options
  const { domain, address, component } = servers[name]
  const folder = join(options.folder, `plugin-${name}`)
  await initialise(options, name, folder)
  await writeFile(join(folder, 'secrets', 'component'), component.secret, { mode: 0o600 })
  if (zones !== null) await newKey(zones, domain, folder)
  const [log, steps] = [join(folder, 'p3do.log'), join(folder, 'journey.jsonl')]
  const keyServer = `${address}:${String(keyServerPort)}`
  const env = {
    ...process.env,
    P3DO_SERVER_SERVICE: `xmpp://${address}:${String(component.port)}`,
    P3DO_LOG_JOURNEY: steps,
    // Journeys are of messages.
    P3DO_MOR_LOOPS: String(options.loops ?? 0),
    // Nobody there: the names of the laboratory are no question for the machine's resolver.
    P3DO_DNS_RESOLVER: zones?.server.resolver ?? '127.0.0.1:9',
    P3DO_DNS_TRUST_ANCHORS: zones?.server.trustAnchors.join(', ') ?? '',
    ...(options.keyServers === true && { P3DO_HTTP_LISTEN: keyServer }),
    ...options.environment?.(name),
  }
  const run = (): RunningProcess =>
    startProcess(process.execPath, [program(), 'run', '--config', join(folder, 'p3do.toml')], {
      cwd: folder,
      env,
      output: log,
    })
  return () => ({
    plugin: Object.assign(startAgain(run), {
      server: name,
      folder,
      log,
      keyServer: `http://${keyServer}`,
      operate: (...words: string[]) => p3do([...words, '--config', join(folder, 'p3do.toml')]),
      async swapKey() {
        await rm(join(folder, 'data'), { recursive: true, force: true })
        await newKey(zones, domain, folder)
      },
    }),
    unfollow: followJourney(steps, step => {
      journey.add({ ...step, server: name } as Step)
    }),
  })
}

function startAgain(run: () => RunningProcess): Pick<Plugin, 'pid' | 'stop' | 'kill' | 'start'> {
  let running = run()
  return {
    get pid() {
      return running.pid
    },
    stop: () => running.stop(),
    kill: () => running.kill(),
    start: () => {
      running = run()
    },
  }
}

async function initialise(
  { servers, profile }: PluginsOptions,
  name: ServerName,
  folder: string,
): Promise<void> {
  await mkdir(folder, { recursive: true })
  const peers = names.filter(other => other !== name).flatMap(other => ['--peer', servers[other].domain])
  const own = ['--domain', servers[name].domain, '--host', servers[name].kind]
  await p3do(['init', ...own, '--profile', profile, '--folder', folder, ...peers])
}

// What an admin does after the first start, ahead of it.
async function newKey(zones: Names | null, domain: string, folder: string): Promise<void> {
  const key = encodeSecretKey(generateServerKey(parseDomain(domain), Date.now()))
  await writeFile(join(folder, 'secrets', 'server-key'), key, { mode: 0o600 })
  const printed = await p3do(['dns', '--config', join(folder, 'p3do.toml')])
  const lines = printed.split('\n').filter(line => !line.startsWith(';'))
  await zones?.publish(domain, lines)
}

function program(): string {
  return join(checkout(), 'bin', 'p3do.js')
}

async function p3do(args: readonly string[]): Promise<string> {
  return (await promisify(execFile)(process.execPath, [program(), ...args])).stdout
}
