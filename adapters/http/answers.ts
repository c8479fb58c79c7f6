// Answers that several protocols share.
import type { FastifyReply } from 'fastify'
import type { KeyServer, RingEntry } from '../../plugin/ports.js'

/** One value of a query or form; `null` where it is missing, empty or given more than once. */
export function single(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}

export async function sendText(reply: FastifyReply, status: number, words: string): Promise<void> {
  await reply.code(status).type('text/plain').send(`${words}\n`)
}

export async function sendNotFound(reply: FastifyReply): Promise<void> {
  await sendText(reply, 404, 'There is no such certificate here.')
}

/** The certificates armored, or 404 where there are none. */
export async function sendArmored(
  reply: FastifyReply,
  keyServer: KeyServer,
  found: readonly RingEntry[],
): Promise<void> {
  const [first] = found
  if (first === undefined) return sendNotFound(reply)
  await reply
    .type('application/pgp-keys')
    .header('content-disposition', `attachment; filename="${first.fingerprint.slice(2)}.asc"`)
    .send(keyServer.armor(found))
}

/** The certificates as raw packets under that type, or 404 where there are none. */
export async function sendBinary(
  reply: FastifyReply,
  type: string,
  found: readonly RingEntry[],
): Promise<void> {
  const [first, ...others] = found
  if (first === undefined) return sendNotFound(reply)
  const octets =
    others.length === 0 ? first.certificate : Buffer.concat(found.map(({ certificate }) => certificate))
  await reply.type(type).send(octets)
}
