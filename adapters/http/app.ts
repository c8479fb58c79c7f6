// The web application without its socket: limits, headers, errors, and the routes of each protocol (RFC 9110).
import { createServer, type RequestListener, type Server } from 'node:http'
import { fastify, type FastifyInstance } from 'fastify'
import { PluginError } from '../../plugin/errors.js'
import type { KeyServer, Log, X509Publication } from '../../plugin/ports.js'
import { createAdmission, type AdmissionOptions } from './admission.js'
import { sendText } from './answers.js'
import { answerBroken } from './broken-requests.js'
import { addConditionalRequests } from './conditional.js'
import { addHkp } from './hkp.js'
import { addHkp2 } from './hkp2.js'
import { lingerOn } from './lingering.js'
import { addMethods } from './methods.js'
import { addPages } from './pages.js'
import { addVks } from './vks.js'
import { addWebKeyDirectory } from './web-key-directory.js'
import { addX509 } from './x509.js'

export interface AppOptions extends AdmissionOptions {
  readonly keyServer: KeyServer
  readonly x509: X509Publication
  readonly log: Log
  /** Makes the server that the application answers for; a plain one where it is left out. */
  readonly listener?: (handler: RequestListener) => Server
}

const bodyLimit = 65_536
const longestName = 1100

/** Made by `startHttp`; tests hand it requests without a socket. */
export function createApp(options: AppOptions): FastifyInstance {
  const admit = createAdmission(options)
  const app = fastify({
    bodyLimit,
    forceCloseConnections: true,
    // A proxy on this machine says whose request it is; nobody else is believed.
    trustProxy: 'loopback',
    routerOptions: { maxParamLength: longestName },
    serverFactory: options.listener ?? (handler => createServer(handler)),
    clientErrorHandler: answerBroken(options.counters),
    // Addresses that the router cannot read come to no hook.
    frameworkErrors({ statusCode = 400 }, request, reply) {
      if (admit(request, reply)) sendText(reply, statusCode, 'This address cannot be read.')
    },
  })
  app.addHook('onRequest', (request, reply, done) => {
    if (admit(request, reply)) done()
  })
  addParsers(app)
  addConditionalRequests(app)
  addErrors(app, options.log)
  addMethods(app)
  addPages(app, options.keyServer)
  for (const add of [addHkp, addHkp2, addVks, addWebKeyDirectory]) add(app, options.keyServer)
  addX509(app, options.x509)
  return app
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
  app.setErrorHandler((error, request, reply) => {
    const status = statusOf(error)
    if (status === 500) log.error({ err: error }, 'A request to the key server failed.')
    const words = status === 500 || !(error instanceof Error) ? 'An error of the server.' : error.message
    if (status === 503) void reply.header('retry-after', '60')
    if (!request.raw.complete) lingerOn(request.raw)
    sendText(reply, status, words)
  })
}

const passing = new Set<PluginError['code']>(['queue-full', 'host-unreachable'])

function statusOf(error: unknown): number {
  if (error instanceof PluginError && error.code === 'bad-format') return 400
  if (error instanceof PluginError && passing.has(error.code)) return 503
  const { statusCode } = error as { statusCode?: unknown }
  return typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500 ? statusCode : 500
}
