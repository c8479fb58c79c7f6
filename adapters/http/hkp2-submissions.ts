// HKP version 2: bringing certificates, to everyone's and under an own name (draft-ietf-openpgp-hkp; RFC 6750 s2.1).
import type { FastifyInstance, FastifyReply } from 'fastify'
import type { KeyServer, Submission } from '../../plugin/ports.js'
import { sendText } from './answers.js'
import { submissionObject } from './hkp2-objects.js'

export const binaryType = 'application/pgp-keys;armor=no'

const takesKeys = { config: { accepts: [binaryType] } }

export function addHkp2Submissions(app: FastifyInstance, keyServer: KeyServer): void {
  app.post('/pks/v2/certs', takesKeys, async ({ body }, reply) => {
    sendOutcome(reply, await keyServer.submit(octetsOf(body)))
  })
  // The method must be known where there is no name as well, for whoever asks.
  for (const path of ['/pks/v2/canonical', '/pks/v2/canonical/']) {
    app.put(path, takesKeys, (_, reply) => {
      sendText(reply, 403, 'Say under which name.')
    })
  }
  app.put<{ Params: { asked: string } }>(
    '/pks/v2/canonical/:asked',
    takesKeys,
    async ({ params, headers, body }, reply) => {
      const token = tokenIn(headers)
      const outcome = token && (await keyServer.claim(params.asked, token, octetsOf(body)))
      if (outcome) sendOutcome(reply, outcome)
      else sendText(reply.header('www-authenticate', 'Bearer'), 401, 'Ask for a token with sendtoken.')
    },
  )
  app.post('/pks/v2/sendtoken', { config: { accepts: ['text/plain'] } }, async ({ body }, reply) => {
    if (typeof body !== 'string' || !/^\S{3,1100}$/.test(body.trim())) {
      sendText(reply, 422, 'Send nothing but the name, like xmpp:alice@a.example, as text/plain.')
      return
    }
    await keyServer.sendToken(body.trim())
    void reply.send('')
  })
}

function sendOutcome(reply: FastifyReply, submission: Submission): void {
  void reply.code(statuses[submission.outcome]).send(submissionObject(submission))
}

const statuses = {
  updated: 200,
  unchanged: 200,
  unreadable: 422,
  secret: 422,
  refused: 422,
} as const satisfies Record<Submission['outcome'], number>

function octetsOf(body: unknown): Buffer {
  return Buffer.isBuffer(body) ? body : Buffer.alloc(0)
}

// The draft calls the header Authentication; clients and proxies know Authorization.
function tokenIn(headers: Readonly<Record<string, unknown>>): string | null {
  const given = [headers['authorization'], headers['authentication']].find(value => typeof value === 'string')
  return /^Bearer ([\w.~+/-]{1,200}=*)$/i.exec(given ?? '')?.[1] ?? null
}
