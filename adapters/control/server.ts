// The running plugin's end of the control socket: HTTP on a Unix socket that only its own user can open.
import { once } from 'node:events'
import { chmod, mkdtemp, rename, rm } from 'node:fs/promises'
import { createServer, type RequestListener, type Server } from 'node:http'
import { join } from 'node:path'
import { PluginError } from '../../plugin/errors.js'
import type { Log } from '../../plugin/ports.js'
import type { HostProbe } from '../xmpp/index.js'
import { socketName, withSocketPath } from './socket.js'

export interface ControlOptions {
  /** `server.data`, which exists. */
  readonly folder: string
  /** Answers the words of an admin. @throws PluginError */
  readonly operate: (words: readonly string[]) => Promise<string>
  /** Copies the database and resolves to the path of the copy. */
  readonly snapshot: () => Promise<string>
  /** Answers a question about the host. */
  readonly probe: HostProbe
  readonly log: Log
}

export interface ControlServer {
  stop(): Promise<void>
}

/**
 * Listens in the data folder, which the database keeps for one plugin: a socket that is there already is a dead one's.
 * @throws PluginError `config-invalid` where no socket can be made
 */
export async function startControl(options: ControlOptions): Promise<ControlServer> {
  const server = createServer({ requestTimeout: 10_000 }, answerWith(options))
  try {
    await listen(server, options.folder)
  } catch (cause) {
    server.close()
    throw new PluginError(
      'config-invalid',
      'No control socket can be made in server.data; set it to a folder that belongs to this user.',
      { cause },
    )
  }
  return {
    async stop() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
      await rm(join(options.folder, socketName), { force: true })
    },
  }
}

// The framework takes 20 MB with what checks the shape of a request, and most days nobody gives a command.
function answerWith(options: ControlOptions): RequestListener {
  const load = async () => (await import('./routes.js')).createRoutes(options)
  let routes: ReturnType<typeof load> | null = null
  return (request, response) => {
    routes ??= load()
    routes.then(
      ({ routing }) => {
        routing(request, response)
      },
      (error: unknown) => {
        routes = null
        options.log.error({ err: error }, 'Commands cannot be answered.')
        response.destroy()
      },
    )
  }
}

// A new socket has the mode of the umask; it is made where nobody can reach it, and moved when it has its own.
async function listen(server: Server, folder: string): Promise<void> {
  const workshop = await mkdtemp(join(folder, 'control-'))
  try {
    await withSocketPath(workshop, 's', path => once(server.listen(path), 'listening'))
    await chmod(join(workshop, 's'), 0o600)
    await rename(join(workshop, 's'), join(folder, socketName))
  } finally {
    await rm(workshop, { recursive: true, force: true })
  }
}
