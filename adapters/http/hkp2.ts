// HKP version 2, which finds "xmpp:" user IDs exactly (draft-ietf-openpgp-hkp).
import type { FastifyInstance, FastifyReply } from 'fastify'
import type { KeyDescription, KeyServer, RingEntry, Submission } from '../../plugin/ports.js'
import { sendBinary, sendNotFound, sendText } from './answers.js'

const binaryType = 'application/pgp-keys;armor=no'

/** Everything under `/pks/v2/`. */
export function addHkp2(app: FastifyInstance, keyServer: KeyServer): void {
  addLookups(app, keyServer)
  app.post('/pks/v2/certs', async ({ body }, reply) => {
    const submission = await keyServer.submit(Buffer.isBuffer(body) ? body : Buffer.alloc(0))
    await reply.code(statuses[submission.outcome]).send(submission)
  })
  for (const path of ['certs/by-vfingerprint', 'certs/by-keyid', 'certs/by-identity', 'index']) {
    for (const end of ['', '/']) {
      app.get(`/pks/v2/${path}${end}`, (_, reply) =>
        sendText(reply, 403, 'Say which one; there is no list of all.'),
      )
    }
  }
  app.get('/pks/v2/*', (_, reply) => sendText(reply, 501, 'This is not offered here.'))
}

const statuses = {
  updated: 200,
  unchanged: 200,
  unreadable: 422,
  secret: 422,
  refused: 422,
} as const satisfies Record<Submission['outcome'], number>

function addLookups(app: FastifyInstance, keyServer: KeyServer): void {
  const byFingerprint = async (reply: FastifyReply, asked: string): Promise<void> => {
    const digits = /^04([0-9a-f]{40})$/i.exec(asked)?.[1]
    await send(reply, digits === undefined ? [] : await keyServer.byKey(digits))
  }
  app.get<{ Params: { asked: string } }>('/pks/v2/certs/by-vfingerprint/:asked', ({ params }, reply) =>
    byFingerprint(reply, params.asked),
  )
  // The form with the version as a part of its own, which other servers have.
  app.get<{ Params: { version: string; digits: string } }>(
    '/pks/v2/certs/by-vfingerprint/:version/:digits',
    ({ params }, reply) => byFingerprint(reply, params.version.padStart(2, '0') + params.digits),
  )
  app.get<{ Params: { asked: string } }>('/pks/v2/certs/by-keyid/:asked', async ({ params }, reply) => {
    if (!/^[0-9a-f]{16}$/i.test(params.asked)) return sendText(reply, 422, 'A key ID has 16 hex digits.')
    await send(reply, await keyServer.byKey(params.asked))
  })
  app.get<{ Params: { asked: string } }>('/pks/v2/certs/by-identity/:asked', async ({ params }, reply) =>
    send(reply, await keyServer.byIdentity(params.asked)),
  )
  app.get<{ Params: { asked: string } }>('/pks/v2/index/:asked', async ({ params }, reply) => {
    const found = await keyServer.byIdentity(params.asked)
    if (found.length === 0) return sendNotFound(reply)
    const keys = await Promise.all(found.map(entry => keyServer.describe(entry)))
    await reply.send(keys.flatMap(indexEntries))
  })
}

function send(reply: FastifyReply, found: readonly RingEntry[]): Promise<void> {
  return sendBinary(reply, binaryType, found)
}

const completeConfidence = 120 // RFC 9580 s5.2.3.21: complete trust

// One entry for each user ID, because a verdict is on the user ID and never on the key.
function indexEntries(key: KeyDescription): object[] {
  return key.userIds.map(({ text }) => ({
    version: 4,
    fingerprint: key.fingerprint.slice(2),
    uidString: text,
    creationTime: key.created,
    expirationTime: key.expires,
    isRevoked: key.state === 'revoked',
    confidence: key.doubt === null ? completeConfidence : 0,
  }))
}
