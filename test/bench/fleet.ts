// The bots of a network: started, told what to do, their counts passed on, and measured.
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Network, ServerName } from '../lab/network.js'
import type { BotPlace, FromBot, Mode, ToBot } from './bot-messages.js'
import { keepOn, ownProcessors, processorTime } from './processes.js'

/** What was carried in a while. */
export interface Carried {
  /** Cells a second that all rooms together bring to each of their listeners. */
  readonly rate: number
  /** Milliseconds of processor time that servers and bots used for a cell. */
  readonly effort: number
}

export interface Fleet {
  /** Lets the bots speak in this mode, for so many milliseconds. */
  carry(mode: 'bare' | 'plugin', duration: number): Promise<Carried>
  stop(): Promise<void>
}

const names = ['a', 'b', 'c'] as const
const listenersPerRoom = names.length - 1
const warmUp = 300
const silence = 200
const startTimeout = 30_000

interface Bot {
  readonly name: ServerName
  readonly child: ChildProcess
  readonly ready: Promise<void>
}

/** Starts a bot beside each server; resolves when each hears both others. */
export async function startFleet(network: Network, folder: string): Promise<Fleet> {
  let total = 0
  let lastHeard = performance.now()
  const bots: Bot[] = names.map(name =>
    startBot(placeOf(network, name, folder), (from, count, increase) => {
      total += increase
      lastHeard = performance.now()
      tell(from, { kind: 'heard', by: name, total: count })
    }),
  )
  const tell = (name: ServerName, message: ToBot): void => {
    bots.find(bot => bot.name === name)?.child.send(message)
  }
  const setMode = async (mode: Mode): Promise<void> => {
    for (const name of names) tell(name, { kind: 'mode', mode })
    // Nothing of one mode may be on its way when the next begins.
    if (mode === 'idle') while (performance.now() - lastHeard < silence) await delay(silence / 3)
  }
  const stop = async (): Promise<void> => {
    await Promise.all(bots.map(stopBot))
  }
  const servers = names.map(name => network.servers[name].pid)
  const speakers = bots.map(({ child }) => child.pid ?? 0)
  const pids = [...servers, ...speakers]
  try {
    await withTimeout(Promise.all(bots.map(({ ready }) => ready)))
    await setMode('idle')
    await separate(servers, speakers)
  } catch (cause) {
    await stop()
    throw cause
  }
  return {
    async carry(mode, duration) {
      await setMode(mode)
      await delay(warmUp)
      const used = await processorTime(pids)
      const [before, start] = [total, performance.now()]
      await delay(duration)
      const cells = (total - before) / listenersPerRoom
      const seconds = (performance.now() - start) / 1000
      const effort = ((await processorTime(pids)) - used) / cells
      await setMode('idle')
      return { rate: cells / seconds, effort }
    },
    stop,
  }
}

// A server works on one thread and its plugin on another, so that each has a processor on a machine of two. All three
// servers on one and all three plugins on the other keep that proportion; on a single processor they share.
async function separate(servers: readonly number[], speakers: readonly number[]): Promise<void> {
  const [first, second] = await ownProcessors()
  if (first === undefined || second === undefined) return
  await keepOn(first, servers)
  await keepOn(second, speakers)
}

function placeOf({ servers }: Network, name: ServerName, folder: string): BotPlace {
  const { domain, address, component, rooms } = servers[name]
  return {
    name,
    domain,
    rooms,
    service: `xmpp://${address}:${component.port}`,
    component: component.domain,
    secret: component.secret,
    folder: join(folder, `bot-${name}`),
    others: names
      .filter(other => other !== name)
      .map(other => ({
        name: other,
        domain: servers[other].domain,
        component: servers[other].component.domain,
      })),
  }
}

function startBot(place: BotPlace, heard: (from: ServerName, count: number, increase: number) => void): Bot {
  const child = fork(fileURLToPath(new URL('./bot.js', import.meta.url)), { execArgv: [] })
  const known = new Map<ServerName, number>()
  const ended = once(child, 'exit').then(() => {
    throw new Error(`The bot of ${place.domain} ended.`)
  })
  const ready = new Promise<void>(resolve => {
    child.on('message', (message: FromBot) => {
      if (message.kind === 'ready') resolve()
      else {
        const before = known.get(message.from) ?? 0
        known.set(message.from, message.total)
        // A smaller count than before: the bot began again.
        heard(message.from, message.total, message.total - (message.total > before ? before : 0))
      }
    })
  })
  child.send({ kind: 'start', place } satisfies ToBot)
  ended.catch(() => undefined)
  return { name: place.name, child, ready: Promise.race([ready, ended]) }
}

async function stopBot({ child }: Bot): Promise<void> {
  if (child.exitCode !== null) return
  const ended = once(child, 'exit')
  child.disconnect()
  await ended
}

async function withTimeout<Value>(work: Promise<Value>): Promise<Value> {
  const cancel = new AbortController()
  const late = delay(startTimeout, null, { signal: cancel.signal }).then(() => {
    throw new Error('The bots do not hear each other.')
  })
  late.catch(() => undefined)
  try {
    return await Promise.race([work, late])
  } finally {
    cancel.abort()
  }
}
