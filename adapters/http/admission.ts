// What every request goes through before anything else: the headers of all answers, and how much one client may ask.
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Clock, Counters } from '../../plugin/ports.js'
import { sendText } from './answers.js'
import { clientOf, createRateLimit } from './rate-limit.js'

export interface AdmissionOptions {
  readonly clock: Clock
  readonly counters: Counters
  /** Of one client; what is brought counts for twenty. */
  readonly requestsPerMinute: number
}

/** Whether the request goes on; where it does not, it is answered. */
type Admit = (request: FastifyRequest, reply: FastifyReply) => boolean

const submissionCost = 20
const bringing = new Set(['POST', 'PUT'])
const headers = {
  'access-control-allow-origin': '*',
  'cache-control': 'no-cache',
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'",
  'x-content-type-options': 'nosniff',
}

export function createAdmission({ clock, counters, requestsPerMinute }: AdmissionOptions): Admit {
  const isAllowed = createRateLimit(clock, requestsPerMinute)
  return (request, reply) => {
    void reply.headers(headers)
    counters.count('key server requests')
    if (isAllowed(clientOf(request.ip), bringing.has(request.method) ? submissionCost : 1)) return true
    counters.count('key server requests refused: too many')
    sendText(reply.header('retry-after', '60'), 429, 'Too many requests; wait a minute.')
    return false
  }
}
