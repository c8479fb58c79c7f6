// The running plugin's end of the control socket: HTTP on a Unix socket that only its own user can open.
import { chmod, mkdtemp, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fastify, type FastifyInstance } from 'fastify'
import { PluginError } from '../../plugin/errors.js'
import type { Log } from '../../plugin/ports.js'
import type { HostProbe, ProbeQuestion } from '../xmpp/index.js'
import { controlPath, probePath, snapshotPath, socketName, withSocketPath } from './socket.js'
import type { ControlAnswer, ControlRequest } from './socket.js'

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

const bodyLimit = 65_536
const requestShape = {
  type: 'object',
  required: ['words'],
  additionalProperties: false,
  properties: { words: { type: 'array', maxItems: 64, items: { type: 'string', maxLength: 16_384 } } },
}
const questionShape = {
  type: 'object',
  required: ['ask'],
  additionalProperties: false,
  properties: {
    ask: { enum: ['link', 'room', 'module', 'visitors', 'ping', 'time'] },
    to: { type: 'string', pattern: '^[a-z0-9.-]{1,253}$' },
  },
}

/**
 * Listens in the data folder, which the database keeps for one plugin: a socket that is there already is a dead one's.
 * @throws PluginError `config-invalid` where no socket can be made
 */
export async function startControl(options: ControlOptions): Promise<ControlServer> {
  const app = createApp(options)
  try {
    await listen(app, options.folder)
  } catch (cause) {
    await app.close()
    throw new PluginError(
      'config-invalid',
      'No control socket can be made in server.data; set it to a folder that belongs to this user.',
      { cause },
    )
  }
  return {
    async stop() {
      await app.close()
      await rm(join(options.folder, socketName), { force: true })
    },
  }
}

// A new socket has the mode of the umask; it is made where nobody can reach it, and moved when it has its own.
async function listen(app: FastifyInstance, folder: string): Promise<void> {
  const workshop = await mkdtemp(join(folder, 'control-'))
  try {
    await withSocketPath(workshop, 's', path => app.listen({ path }))
    await chmod(join(workshop, 's'), 0o600)
    await rename(join(workshop, 's'), join(folder, socketName))
  } finally {
    await rm(workshop, { recursive: true, force: true })
  }
}

function createApp({ operate, snapshot, probe, log }: ControlOptions): FastifyInstance {
  const app = fastify({ bodyLimit, requestTimeout: 10_000, forceCloseConnections: true })
  app.post<{ Body: ControlRequest; Reply: ControlAnswer }>(
    controlPath,
    { schema: { body: requestShape } },
    async ({ body }) => answer(() => operate(body.words), log),
  )
  app.post<{ Reply: ControlAnswer }>(snapshotPath, async () => answer(snapshot, log))
  app.post<{ Body: ProbeQuestion; Reply: ControlAnswer }>(
    probePath,
    { schema: { body: questionShape } },
    async ({ body }) => answer(async () => JSON.stringify(await probe(body)), log),
  )
  return app
}

async function answer(run: () => Promise<string>, log: Log): Promise<ControlAnswer> {
  try {
    return { ok: true, text: await run() }
  } catch (error) {
    if (error instanceof PluginError) return { ok: false, code: error.code, text: error.message }
    log.error({ err: error }, 'A command failed.')
    return {
      ok: false,
      code: 'internal',
      text: 'A mistake in P3DO; its log says more. Please report it.',
    }
  }
}
