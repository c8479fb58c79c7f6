// Processes of key servers, and whether two of them give the same answers.
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { checkout } from '../lab/checkout.js'
import type { KeyServerReady, StartKeyServer } from './key-server-messages.js'

/** A key server that listens on a port of 127.0.0.1. */
export interface KeyServerProcess {
  readonly port: number
  readonly pid: number
  stop(): Promise<void>
}

/** Starts the compiled program; resolves when it answers. */
export async function startKeyServerProcess(message: StartKeyServer): Promise<KeyServerProcess> {
  const child = fork(join(checkout(), 'dist', 'test', 'bench', 'key-server.js'), { execArgv: [] })
  child.send(message)
  const ended = once(child, 'exit').then(() => {
    throw new Error('A key server of the benchmark ended.')
  })
  ended.catch(() => undefined)
  const [{ port }] = (await Promise.race([once(child, 'message'), ended])) as [KeyServerReady]
  return { port, pid: child.pid ?? 0, stop: () => stop(child) }
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
