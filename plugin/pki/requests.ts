// Requests between servers as signed statements in a layer for the receiver, and their answers (PROTO s9.2).
import { randomBytes } from 'node:crypto'
import * as v from 'valibot'
import { PluginError } from '../errors.js'
import {
  currentRoutingKey,
  openLayer,
  usableWrappingKey,
  wrapStatement,
  type Certificate,
} from '../openpgp/index.js'
import type { Clock, Domain } from '../ports.js'
import type { ServerIdentity } from './identity.js'
import { parseReceived } from '../received.js'
import { encodeStatement, openStatement, type Statement } from './statement.js'

const request = v.looseObject({ id: v.string(), request: v.string(), body: v.unknown() })
const answer = v.looseObject({ id: v.string(), body: v.unknown() })

/** The other server of a request: its name and the certificate that is trusted for it. */
export interface Party {
  readonly domain: Domain
  readonly certificate: Certificate
  /** Those by which its signatures are checked as well, while it changes its key. */
  readonly before?: readonly Certificate[]
}

/** A request as its receiver gets it. */
export interface Request {
  readonly id: string
  readonly request: string
  readonly body: unknown
}

/** Wraps a request for a server, and gives what reads its answer. */
export async function wrapRequest(
  identity: ServerIdentity,
  clock: Clock,
  to: Party,
  name: string,
  body: object,
): Promise<{ octets: Buffer; readAnswer: (octets: Buffer) => Promise<unknown> }> {
  const id = randomBytes(12).toString('base64url')
  const octets = await wrapFields(identity, clock, to, 'request', { id, request: name, body })
  return {
    octets,
    async readAnswer(answered) {
      const read = parseReceived(answer, await openFields(identity, clock, to, 'answer', answered))
      if (read.id !== id) throw new PluginError('bad-format', 'A peer answered another question.')
      return read.body
    },
  }
}

/** Opens a request of a server. @throws PluginError `bad-format`, `peer-refused` */
export async function openRequest(
  identity: ServerIdentity,
  clock: Clock,
  from: Party,
  octets: Buffer,
): Promise<Request> {
  return parseReceived(request, await openFields(identity, clock, from, 'request', octets))
}

/** Wraps the answer to a request. */
export function wrapAnswer(
  identity: ServerIdentity,
  clock: Clock,
  to: Party,
  id: string,
  body: object,
): Promise<Buffer> {
  return wrapFields(identity, clock, to, 'answer', { id, body })
}

async function wrapFields(
  { domain, authority }: ServerIdentity,
  clock: Clock,
  to: Party,
  type: string,
  fields: object,
): Promise<Buffer> {
  const statement = { ...fields, type, from: domain, to: to.domain, time: clock.now() }
  const octets = await encodeStatement(statement, text => authority.signStatement(text))
  return wrapStatement(octets, usableWrappingKey(await currentRoutingKey(to.certificate, clock.now())))
}

async function openFields(
  { domain, routingKeys }: ServerIdentity,
  clock: Clock,
  from: Party,
  type: string,
  octets: Buffer,
): Promise<Statement> {
  const signers = [from.certificate, ...(from.before ?? [])]
  for (const { key } of routingKeys) {
    const layer = openLayer(octets, key)
    if (layer)
      return openStatement(layer.contents, signers, { type, from: from.domain, to: domain }, clock.now())
  }
  throw new PluginError('bad-format', 'A statement is not for a key of this server.')
}
