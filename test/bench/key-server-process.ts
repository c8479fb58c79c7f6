// Processes of key servers, and whether two of them give the same answers.
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { checkout } from '../lab/checkout.js'
import {
  collectNow,
  type Collected,
  type KeyServerReady,
  type StartKeyServer,
} from './key-server-messages.js'
import { residentMegabytes } from './processes.js'

/** A key server that listens on a port of 127.0.0.1. */
export interface KeyServerProcess {
  readonly port: number
  readonly pid: number
  /** What it has when everything is thrown away that it does not need. */
  settledMemory(): Promise<SettledMemory>
  stop(): Promise<void>
}

/** In MB. */
export interface SettledMemory {
  /** As the kernel counts it; more and less of it is kept for later use at different times. */
  readonly resident: number
  /** As the engine counts it. */
  readonly used: number
}

/** Starts the compiled program; resolves when it answers. */
export async function startKeyServerProcess(message: StartKeyServer): Promise<KeyServerProcess> {
  const child = fork(join(checkout(), 'dist', 'test', 'bench', 'key-server.js'), {
    execArgv: ['--expose-gc'],
  })
  child.send(message)
  const ended = once(child, 'exit').then(() => {
    throw new Error('A key server of the benchmark ended.')
  })
  ended.catch(() => undefined)
  const [{ port }] = (await Promise.race([once(child, 'message'), ended])) as [KeyServerReady]
  const pid = child.pid ?? 0
  return {
    port,
    pid,
    async settledMemory() {
      child.send(collectNow)
      const [{ used }] = (await Promise.race([once(child, 'message'), ended])) as [Collected]
      return { resident: await residentMegabytes(pid), used: used / 1_000_000 }
    },
    stop: () => stop(child),
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  const ended = once(child, 'exit')
  child.disconnect()
  await ended
}

const general = [
  'access-control-allow-origin',
  'cache-control',
  'content-security-policy',
  'x-content-type-options',
]

/** The headers that a server gives with every answer. */
export async function generalHeaders(server: KeyServerProcess): Promise<StartKeyServer['headers']> {
  const { headers } = await get(server, '/pks/lookup?op=stats')
  return Object.fromEntries([...headers].filter(([name]) => general.includes(name)))
}

/** @throws Error where two servers answer differently, in anything but the date */
export async function ensureSame(servers: readonly KeyServerProcess[], path: string): Promise<void> {
  const answers = await Promise.all(servers.map(server => whole(server, path)))
  if (new Set(answers).size > 1)
    throw new Error(`The servers answer differently to ${path}: ${answers.join(' and ')}`)
}

async function whole(server: KeyServerProcess, path: string): Promise<string> {
  const answer = await get(server, path)
  const headers = [...answer.headers].filter(([name]) => name !== 'date').sort()
  const body = Buffer.from(await answer.arrayBuffer()).toString('base64')
  return JSON.stringify([answer.status, headers, body])
}

function get({ port }: KeyServerProcess, path: string): Promise<Response> {
  return fetch(`http://127.0.0.1:${port}${path}`)
}
