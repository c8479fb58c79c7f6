// Methods that no route takes, and questions for those that one does (RFC 9110 s9.3.7, s15.5.6).
import type { FastifyInstance } from 'fastify'

const submissions = new Set(['/pks/add', '/pks/v2/certs'])

/** OPTIONS everywhere, 405 for a wrong method, 404 for a path that does not exist. */
export function addMethods(app: FastifyInstance): void {
  app.options('*', async (request, reply) => {
    const allowed = allowedAt(request.url)
    if (allowed === submitting) void reply.header('accept', acceptedAt(request.url))
    await reply
      .headers({
        allow: allowed,
        'access-control-allow-methods': allowed,
        'access-control-allow-headers': 'content-type',
      })
      .send('')
  })
  app.setNotFoundHandler(async (request, reply) => {
    const isRead = request.method === 'GET' || request.method === 'HEAD'
    const allowed = allowedAt(request.url)
    if (isRead === (allowed === reading)) {
      await reply.code(404).type('text/plain').send('There is nothing at this address.\n')
    } else {
      await reply.code(405).header('allow', allowed).type('text/plain').send(`Use one of ${allowed} here.\n`)
    }
  })
}

const reading = 'GET, HEAD, OPTIONS'
const submitting = 'POST, OPTIONS'

function allowedAt(url: string): string {
  return submissions.has(pathOf(url)) ? submitting : reading
}

function acceptedAt(url: string): string {
  return pathOf(url) === '/pks/add' ? 'application/x-www-form-urlencoded' : 'application/pgp-keys;armor=no'
}

function pathOf(url: string): string {
  return url.split('?', 1)[0] ?? ''
}
