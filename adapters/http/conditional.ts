// An answer that the asker has already is not sent again (RFC 9110 s8.8.3, s13.1.2, s15.4.5).
import { hash } from 'node:crypto'
import type { FastifyInstance } from 'fastify'

/** Gives each good answer to GET and HEAD an ETag, and answers 304 where the request names it. */
export function addConditionalRequests(app: FastifyInstance): void {
  // A promise for each answer would cost as much as its hash.
  app.addHook('onSend', (request, reply, payload, done) => {
    const isRead = request.method === 'GET' || request.method === 'HEAD'
    if (!isRead || reply.statusCode !== 200 || !isOctets(payload)) {
      done(null, payload)
      return
    }
    const tag = `"${hash('sha256', payload, 'base64url').slice(0, 22)}"`
    void reply.header('etag', tag)
    if (!names(request.headers['if-none-match'], tag)) {
      done(null, payload)
      return
    }
    void reply.code(304).removeHeader('content-type')
    done(null, '')
  })
}

function isOctets(payload: unknown): payload is string | Buffer {
  return typeof payload === 'string' || Buffer.isBuffer(payload)
}

function names(header: string | undefined, tag: string): boolean {
  if (header === undefined) return false
  const tags = header.split(',').map(item => item.trim().replace(/^W\//, ''))
  return tags.includes(tag) || tags.includes('*')
}
