// The web application without its socket: limits, headers, errors, and the routes of each protocol (RFC 9110).
import { fastify, type FastifyInstance } from 'fastify'
import { PluginError } from '../../plugin/errors.js'
import type { Clock, Counters, KeyServer, Log, X509Publication } from '../../plugin/ports.js'
import { sendText } from './answers.js'
import { addConditionalRequests } from './conditional.js'
import { addHkp } from './hkp.js'
import { addHkp2 } from './hkp2.js'
import { addMethods } from './methods.js'
import { addPages } from './pages.js'
import { clientOf, createRateLimit } from './rate-limit.js'
import { addVks } from './vks.js'
import { addWebKeyDirectory } from './web-key-directory.js'
import { addX509 } from './x509.js'

export interface AppOptions {
  readonly keyServer: KeyServer
  readonly x509: X509Publication
  readonly clock: Clock
  readonly counters: Counters
  readonly log: Log
  /** Of one client; what is brought counts for twenty. */
  readonly requestsPerMinute: number
}

const bodyLimit = 65_536
const mostConnections = 1024
const submissionCost = 20
const bringing = new Set(['POST', 'PUT'])
const longestName = 1100

/** Made by `startHttp`; tests hand it requests without a socket. */
export function createApp(options: AppOptions): FastifyInstance {
  const app = fastify({
    bodyLimit,
    requestTimeout: 10_000,
    connectionTimeout: 30_000,
    keepAliveTimeout: 5_000,
    forceCloseConnections: true,
    // A proxy on this machine says whose request it is; nobody else is believed.
    trustProxy: 'loopback',
    routerOptions: { maxParamLength: longestName },
  })
  app.server.maxConnections = mostConnections
  addLimits(app, options)
  addParsers(app)
  addConditionalRequests(app)
  addErrors(app, options.log)
  addMethods(app)
  addPages(app, options.keyServer)
  for (const add of [addHkp, addHkp2, addVks, addWebKeyDirectory]) add(app, options.keyServer)
  addX509(app, options.x509)
  return app
}

function addLimits(app: FastifyInstance, { clock, counters, requestsPerMinute }: AppOptions): void {
  const isAllowed = createRateLimit(clock, requestsPerMinute)
  app.addHook('onRequest', (request, reply, done) => {
    void reply.headers(commonHeaders)
    counters.count('key server requests')
    if (isAllowed(clientOf(request.ip), bringing.has(request.method) ? submissionCost : 1)) {
      done()
      return
    }
    counters.count('key server requests refused: too many')
    void reply
      .code(429)
      .header('retry-after', '60')
      .type('text/plain')
      .send('Too many requests; wait a minute.\n')
  })
}

const commonHeaders = {
  'access-control-allow-origin': '*',
  'cache-control': 'no-cache',
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'",
  'x-content-type-options': 'nosniff',
}

// Bodies stay text or octets until a route knows what they are; all other kinds are refused with 415.
function addParsers(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_, body, done) => {
    done(null, new URLSearchParams(body.toString()))
  })
  app.addContentTypeParser('text/plain', { parseAs: 'string' }, (_, body, done) => {
    done(null, body)
  })
  app.addContentTypeParser(/^application\/pgp-keys/, { parseAs: 'buffer' }, (_, body, done) => {
    done(null, body)
  })
}

function addErrors(app: FastifyInstance, log: Log): void {
  app.setErrorHandler(async (error, _, reply) => {
    const status = statusOf(error)
    if (status === 500) log.error({ err: error }, 'A request to the key server failed.')
    const words = status === 500 || !(error instanceof Error) ? 'An error of the server.' : error.message
    if (status === 503) void reply.header('retry-after', '60')
    await sendText(reply, status, words)
  })
}

const passing = new Set<PluginError['code']>(['queue-full', 'host-unreachable'])

function statusOf(error: unknown): number {
  if (error instanceof PluginError && error.code === 'bad-format') return 400
  if (error instanceof PluginError && passing.has(error.code)) return 503
  const { statusCode } = error as { statusCode?: unknown }
  return typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500 ? statusCode : 500
}
