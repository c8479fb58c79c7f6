// An answer that the asker has already is not sent again (RFC 9110 s8.8.3, s13.1.2, s15.4.5).
import { createHash } from 'node:crypto'
import type { FastifyInstance } from 'fastify'

/** Gives each good answer to GET and HEAD an ETag, and answers 304 where the request names it. */
export function addConditionalRequests(app: FastifyInstance): void {
  app.addHook('onSend', async (request, reply, payload) => {
    const isRead = request.method === 'GET' || request.method === 'HEAD'
    if (!isRead || reply.statusCode !== 200 || !isOctets(payload)) return payload
    const tag = `"${createHash('sha256').update(payload).digest('base64url').slice(0, 22)}"`
    void reply.header('etag', tag)
    if (!names(request.headers['if-none-match'], tag)) return payload
    void reply.code(304).removeHeader('content-type')
    return ''
  })
}

function isOctets(payload: unknown): payload is string | Buffer {
  return typeof payload === 'string' || Buffer.isBuffer(payload)
}

function names(header: string | undefined, tag: string): boolean {
  const tags = (header ?? '').split(',').map(item => item.trim().replace(/^W\//, ''))
  return tags.includes(tag) || tags.includes('*')
}
