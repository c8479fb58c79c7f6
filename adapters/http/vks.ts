// The reading part of VKS version 1, the interface of verifying key servers.
import type { FastifyInstance } from 'fastify'
import type { KeyServer } from '../../plugin/ports.js'
import { sendArmored, sendText } from './answers.js'

/** `/vks/v1/by-fingerprint`, `by-keyid`, `by-email`. */
export function addVks(app: FastifyInstance, keyServer: KeyServer): void {
  for (const [name, pattern] of [
    ['by-fingerprint', /^[0-9A-F]{40}$/],
    ['by-keyid', /^[0-9A-F]{16}$/],
  ] as const) {
    app.get<{ Params: { asked: string } }>(`/vks/v1/${name}/:asked`, async ({ params }, reply) => {
      if (pattern.test(params.asked)) sendArmored(reply, keyServer, await keyServer.byKey(params.asked))
      else sendText(reply, 400, 'Write all hex digits, in capitals.')
    })
  }
  app.get<{ Params: { asked: string } }>('/vks/v1/by-email/:asked', async ({ params }, reply) => {
    const isMailbox = !params.asked.toLowerCase().startsWith('xmpp:')
    sendArmored(reply, keyServer, isMailbox ? await keyServer.byIdentity(params.asked) : [])
  })
}
