// What the laboratory's chat servers have in common, whichever program it is.
import { chmod, writeFile } from 'node:fs/promises'
import type { RunningProcess } from './process.js'

export interface HostServerOptions {
  /** Any folder; the server's config, data and log go there. */
  readonly folder: string
  readonly domain: string
  /** A loopback address of its own, so that every server has the standard ports. */
  readonly address: string
  /** Addresses of all names in the network. */
  readonly hosts: ReadonlyMap<string, string>
  /** Address and port of the name server that has the names; without it they are in a file. */
  readonly resolver?: string
  readonly componentSecret: string
  /** Passwords of local users. */
  readonly accounts?: ReadonlyMap<string, string>
}

export interface HostServer extends RestartableServer {
  readonly kind: 'prosody' | 'ejabberd'
  readonly domain: string
  readonly address: string
  /** Where the plugin attaches. */
  readonly component: { readonly domain: string; readonly port: number; readonly secret: string }
  /** Domain of the room service. */
  readonly rooms: string
  /** Files: the server's log, and what the tap wrote (empty without `tap`). */
  readonly log: string
  readonly tap: string
}

export interface RestartableServer {
  readonly pid: number
  /** Ends it as an administrator would; resolves when the process is gone. */
  stop(): Promise<void>
  /** Ends it without a word to anyone. */
  kill(): Promise<void>
  /** Starts it again with the same data, after `stop` or `kill`. */
  start(): Promise<void>
  restart(): Promise<void>
  /** Holds it still, sockets open, until `resume`. */
  pause(): void
  resume(): void
}

export const c2sPort = 5222
export const s2sPort = 5269
export const componentPort = 5347
export const ports = [c2sPort, s2sPort, componentPort]

/** Names that a server answers to besides its domain. */
export function serviceNames(domain: string): { component: string; rooms: string } {
  return { component: `p3do.${domain}`, rooms: `conference.${domain}` }
}

/** Starts the server, and again whenever it is asked to; `launch` resolves when its ports accept. */
export async function startRestartable(launch: () => Promise<RunningProcess>): Promise<RestartableServer> {
  let server = await launch()
  const start = async (): Promise<void> => {
    server = await launch()
  }
  return {
    get pid() {
      return server.pid
    },
    start,
    stop: () => server.stop(),
    kill: () => server.kill(),
    restart: async () => {
      await server.stop()
      await start()
    },
    pause: () => {
      server.signal('SIGSTOP')
    },
    resume: () => {
      server.signal('SIGCONT')
    },
  }
}

/** Writes a file with mode 0600, whatever was there. */
export async function writePrivate(path: string, text: string): Promise<void> {
  await writeFile(path, text, { mode: 0o600 })
  await chmod(path, 0o600)
}
