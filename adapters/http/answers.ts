// Answers that several protocols share. An answer is on its way when these return: nobody waits for what the framework promises.
import type { FastifyReply } from 'fastify'
import type { KeyServer, RingEntry } from '../../plugin/ports.js'

/** One value of a query or form; `null` where it is missing, empty or given more than once. */
export function single(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}

export function sendText(reply: FastifyReply, status: number, words: string): void {
  void reply.code(status).type('text/plain').send(`${words}\n`)
}

export function sendNotFound(reply: FastifyReply): void {
  sendText(reply, 404, 'There is no such certificate here.')
}

/** The certificates armored, or 404 where there are none. */
export function sendArmored(reply: FastifyReply, keyServer: KeyServer, found: readonly RingEntry[]): void {
  const [first] = found
  if (first === undefined) sendNotFound(reply)
  else
    void reply
      .type('application/pgp-keys')
      .header('content-disposition', `attachment; filename="${first.fingerprint.slice(2)}.asc"`)
      .send(keyServer.armor(found))
}

/** The certificates as raw packets under that type, or 404 where there are none. */
export function sendBinary(reply: FastifyReply, type: string, found: readonly RingEntry[]): void {
  const [first] = found
  if (first === undefined) sendNotFound(reply)
  else void reply.type(type).send(found.length === 1 ? first.certificate : octetsOf(found))
}

function octetsOf(found: readonly RingEntry[]): Buffer {
  return Buffer.concat(found.map(({ certificate }) => certificate))
}
