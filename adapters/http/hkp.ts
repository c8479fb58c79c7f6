// HKP version 1, which gpg speaks (draft-gallagher-openpgp-hkp-10, its legacy part).
import type { FastifyInstance, FastifyReply } from 'fastify'
import type { KeyServer, RingEntry, Submission } from '../../plugin/ports.js'
import { sendArmored, sendNotFound, sendText, single } from './answers.js'
import { keyPage, listPage, sendPage } from './pages.js'

type Query = Readonly<Record<string, unknown>>

/** `/pks/lookup` and `/pks/add`. */
export function addHkp(app: FastifyInstance, keyServer: KeyServer): void {
  app.get<{ Querystring: Query }>('/pks/lookup', ({ query }, reply) => lookUp(keyServer, query, reply))
  app.post(
    '/pks/add',
    { config: { accepts: ['application/x-www-form-urlencoded'] } },
    async ({ body }, reply) => {
      const form = body instanceof URLSearchParams ? body : new URLSearchParams()
      const keyText = form.get('keytext')
      if (keyText === null) {
        sendText(reply, 400, 'The form has no keytext.')
        return
      }
      const submission = await keyServer.submit(keyText)
      void reply.code(statuses[submission.outcome])
      if (isMachine(form.get('options'))) void reply.send(submission)
      else void reply.type('text/plain').send(`${submission.reason}\n`)
    },
  )
}

const statuses = {
  updated: 200,
  unchanged: 200,
  unreadable: 400,
  secret: 400,
  refused: 422,
} as const satisfies Record<Submission['outcome'], number>

async function lookUp(keyServer: KeyServer, query: Query, reply: FastifyReply): Promise<void> {
  const operation = single(query['op'])
  if (operation === null) {
    sendText(reply, 400, 'Say what to do: op=get, index, vindex or stats.')
    return
  }
  if (operation === 'stats') {
    sendStats(keyServer, isMachine(query['options']), reply)
    return
  }
  if (!['get', 'index', 'vindex'].includes(operation)) {
    sendText(reply, 501, 'This op does not exist here.')
    return
  }
  const search = single(query['search'])
  if (search === null) {
    sendText(reply, 400, 'Say once what to search for: search=...')
    return
  }
  const found = await keyServer.search(search)
  if (operation === 'get') {
    sendArmored(reply, keyServer, found)
    return
  }
  if (isMachine(query['options'])) return sendLines(reply, keyServer, found)
  const keys = await Promise.all(found.map(entry => keyServer.describe(entry)))
  const [only, ...others] = found
  const [key] = keys
  const isOne = operation === 'vindex' && only && key && others.length === 0
  const page = isOne ? keyPage(key, await keyServer.explain(only)) : listPage(search, keys)
  sendPage(reply, page, keys.length === 0 ? 404 : 200)
}

async function sendLines(
  reply: FastifyReply,
  keyServer: KeyServer,
  found: readonly RingEntry[],
): Promise<void> {
  if (found.length === 0) sendNotFound(reply)
  else void reply.type('text/plain').send(await keyServer.lines(found))
}

function sendStats({ domain, fingerprint }: KeyServer, machine: boolean, reply: FastifyReply): void {
  if (machine) void reply.send({ software: 'P3DO', domain, fingerprint })
  else sendText(reply, 200, `P3DO key server of ${domain}, whose certificate is ${fingerprint}.`)
}

function isMachine(options: unknown): boolean {
  return single(options)?.split(',').includes('mr') ?? false
}
