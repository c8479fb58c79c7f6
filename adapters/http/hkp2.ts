// HKP version 2, which finds "xmpp:" user IDs exactly: looking up (draft-ietf-openpgp-hkp).
import type { FastifyInstance, FastifyReply } from 'fastify'
import type { KeyServer, RingEntry } from '../../plugin/ports.js'
import { sendBinary, sendNotFound, sendText } from './answers.js'
import { addHkp2Submissions, binaryType } from './hkp2-submissions.js'
import { indexObject } from './hkp2-objects.js'

/** Everything under `/pks/v2/`. */
export function addHkp2(app: FastifyInstance, keyServer: KeyServer): void {
  addByFingerprint(app, keyServer)
  addCategory(app, 'certs/by-keyid', async (asked, reply) => {
    if (/^[0-9a-f]{16}$/i.test(asked)) send(reply, await keyServer.byKey(asked))
    else sendText(reply, 422, 'A key ID has 16 hex digits.')
  })
  addCategory(app, 'certs/by-identity', async (asked, reply) => {
    send(reply, await keyServer.byIdentity(asked))
  })
  addCategory(app, 'canonical', async (asked, reply) => {
    send(reply, await keyServer.canonical(asked))
  })
  addCategory(app, 'index', async (asked, reply) => {
    const found = await keyServer.byIdentity(asked)
    if (found.length === 0) {
      sendNotFound(reply)
      return
    }
    const keys = await Promise.all(found.map(entry => keyServer.describe(entry)))
    void reply.send(keys.map(indexObject))
  })
  addPrefixLog(app, keyServer)
  addHkp2Submissions(app, keyServer)
}

// A category without an identifier would list everything.
function addCategory(
  app: FastifyInstance,
  name: string,
  answer: (asked: string, reply: FastifyReply) => Promise<void>,
): void {
  app.get<{ Params: { asked: string } }>(`/pks/v2/${name}/:asked`, ({ params }, reply) =>
    answer(params.asked, reply),
  )
  for (const end of ['', '/']) {
    app.get(`/pks/v2/${name}${end}`, (_, reply) => {
      sendText(reply, 403, 'Say which one; there is no list of all.')
    })
  }
}

function addByFingerprint(app: FastifyInstance, keyServer: KeyServer): void {
  const answer = async (asked: string, reply: FastifyReply): Promise<void> => {
    const digits = /^04([0-9a-f]{40})$/i.exec(asked)?.[1]
    send(reply, digits === undefined ? [] : await keyServer.byKey(digits))
  }
  addCategory(app, 'certs/by-vfingerprint', answer)
  // The form with the version as a part of its own, which other servers have.
  app.get<{ Params: { version: string; digits: string } }>(
    '/pks/v2/certs/by-vfingerprint/:version/:digits',
    ({ params }, reply) => answer(params.version.padStart(2, '0') + params.digits, reply),
  )
}

// Whoever refreshes many keys compares the beginnings of their fingerprints with this, and so tells nobody which keys they
// are.
function addPrefixLog(app: FastifyInstance, keyServer: KeyServer): void {
  addCategory(app, 'prefixlog', async (day, reply) => {
    if (!isDay.test(day)) {
      sendText(reply, 422, 'Write the day like 2026-06-01.')
      return
    }
    const prefixes = (await keyServer.changedOn(day)).map(fingerprint => `${fingerprint.slice(2, 10)}\r\n`)
    void reply.type('text/plain').send(prefixes.join(''))
  })
}

const isDay = /^\d{4}-\d{2}-\d{2}$/

function send(reply: FastifyReply, found: readonly RingEntry[]): void {
  sendBinary(reply, binaryType, found)
}
