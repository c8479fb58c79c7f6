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
    const tag = typeof payload === 'string' ? tagOf(payload) : rememberedTag(payload)
    void reply.header('etag', tag)
    if (!names(request.headers['if-none-match'], tag)) {
      done(null, payload)
      return
    }
    void reply.code(304).removeHeader('content-type')
    // An empty text would be given a length, and a length stands for that of the whole answer (RFC 9110 s8.6).
    done(null, null)
  })
}

function tagOf(payload: string | Buffer): string {
  return `"${hash('sha256', payload, 'base64url').slice(0, 22)}"`
}

// Certificates that are asked for again come out of memory as the same octets, which nobody changes.
const tags = new WeakMap<Buffer, string>()

function rememberedTag(payload: Buffer): string {
  const known = tags.get(payload)
  if (known !== undefined) return known
  const tag = tagOf(payload)
  tags.set(payload, tag)
  return tag
}

function isOctets(payload: unknown): payload is string | Buffer {
  return typeof payload === 'string' || Buffer.isBuffer(payload)
}

function names(header: string | undefined, tag: string): boolean {
  if (header === undefined || header === tag) return header === tag
  const tags = header.split(',').map(item => item.trim().replace(/^W\//, ''))
  return tags.includes(tag) || tags.includes('*')
}
