// Web Key Directory, both ways to ask (draft-koch-openpgp-webkey-service-21 s3.1).
import type { FastifyInstance } from 'fastify'
import type { KeyServer } from '../../plugin/ports.js'
import { sendBinary, sendNotFound } from './answers.js'

const root = '/.well-known/openpgpkey'
const type = 'application/octet-stream'

/** The direct way answers for the own domain; the advanced way names it in the path. */
export function addWebKeyDirectory(app: FastifyInstance, keyServer: KeyServer): void {
  app.get<{ Params: { hash: string } }>(`${root}/hu/:hash`, async ({ params }, reply) => {
    sendBinary(reply, type, await keyServer.byMailbox(keyServer.domain, params.hash))
  })
  app.get<{ Params: { domain: string; hash: string } }>(
    `${root}/:domain/hu/:hash`,
    async ({ params }, reply) => {
      sendBinary(reply, type, await keyServer.byMailbox(params.domain, params.hash))
    },
  )
  // An empty policy says that there is a directory; without it gpg asks no more.
  app.get(`${root}/policy`, (_, reply) => void reply.type('text/plain').send(''))
  app.get<{ Params: { domain: string } }>(`${root}/:domain/policy`, ({ params }, reply) => {
    if (params.domain.toLowerCase() === keyServer.domain) void reply.type('text/plain').send('')
    else sendNotFound(reply)
  })
}
