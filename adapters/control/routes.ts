// What is asked over the control socket, and the answers; it is loaded when somebody asks (RFC 9110).
import { fastify, type FastifyInstance } from 'fastify'
import { PluginError } from '../../plugin/errors.js'
import type { Log } from '../../plugin/ports.js'
import type { ProbeQuestion } from '../xmpp/index.js'
import type { ControlOptions } from './server.js'
import { controlPath, probePath, snapshotPath, type ControlAnswer, type ControlRequest } from './socket.js'

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

/** The application without a socket: `routing` takes its requests. */
export async function createRoutes({
  operate,
  snapshot,
  probe,
  log,
}: ControlOptions): Promise<FastifyInstance> {
  const app = fastify({ bodyLimit })
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
  await app.ready()
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
