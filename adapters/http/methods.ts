// Methods that no route takes, and questions for those that one does (RFC 9110 s9.3.7, s15.5.6; draft-ietf-openpgp-hkp).
import type { FastifyInstance, FastifyReply } from 'fastify'
import { sendText } from './answers.js'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Media types of bodies that a route takes, for whoever asks with OPTIONS. */
    readonly accepts?: readonly string[]
  }
}

interface Known {
  readonly pattern: RegExp
  readonly methods: readonly string[]
  readonly accepts: readonly string[]
}

/**
 * OPTIONS everywhere, 405 for a wrong method, 404 for a path that does not exist. Knows each route that is added after it,
 * so a new one needs nothing here.
 */
export function addMethods(app: FastifyInstance): void {
  const routes: Known[] = []
  app.addHook('onRoute', ({ url, method, config }) => {
    if (url !== '*')
      routes.push({ pattern: patternOf(url), methods: [method].flat(), accepts: config?.accepts ?? [] })
  })
  const at = (url: string): Known[] => {
    const path = url.split('?', 1)[0] ?? ''
    return routes.filter(({ pattern }) => pattern.test(path))
  }
  addOptions(app, at)
  app.setNotFoundHandler(({ url }, reply) => {
    const allowed = allowedBy(at(url))
    if (allowed === '') sendUnknown(reply, url)
    else sendText(reply.header('allow', allowed), 405, `Use one of ${allowed} here.`)
  })
}

const anyHeaders = 'authentication, authorization, content-type'

function addOptions(app: FastifyInstance, at: (url: string) => Known[]): void {
  app.options('*', ({ url }, reply) => {
    const known = at(url)
    const allowed = allowedBy(known)
    if (allowed === '') {
      sendUnknown(reply, url)
      return
    }
    const accepts = known.flatMap(route => route.accepts)
    if (accepts.length > 0) void reply.header('accept', accepts.join(', '))
    void reply
      .headers({
        allow: allowed,
        'access-control-allow-methods': allowed,
        'access-control-allow-headers': anyHeaders,
      })
      .send('')
  })
}

function allowedBy(known: readonly Known[]): string {
  const methods = [...new Set(known.flatMap(route => route.methods))].sort()
  return methods.length === 0 ? '' : [...methods, 'OPTIONS'].join(', ')
}

// HKP 2 has a status of its own for what a server does not offer.
function sendUnknown(reply: FastifyReply, url: string): void {
  if (url.startsWith('/pks/v2/')) sendText(reply, 501, 'This is not offered here.')
  else sendText(reply, 404, 'There is nothing at this address.')
}

// Parameters of the router stand for one part of a path.
function patternOf(url: string): RegExp {
  const parts = url
    .split('/')
    .map(part => (part.startsWith(':') ? '[^/]+' : part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')))
  return new RegExp(`^${parts.join('/')}$`)
}
