// Statements that one server signs for another: who says what, to whom, when (PROTO s9.2).
import * as v from 'valibot'
import { PluginError } from '../errors.js'
import { clockTolerance, verifyDocument, type Certificate } from '../openpgp/index.js'
import type { Domain } from '../ports.js'

/** What every statement says; the rest depends on its type. `time` is in milliseconds. */
export interface Statement {
  readonly type: string
  readonly from: Domain
  readonly to: Domain
  readonly time: number
  readonly [field: string]: unknown
}

/** What a statement must be to be taken. */
export interface Expected {
  readonly type: string
  readonly from: Domain
  readonly to: Domain
}

/** The longest statement, in octets, all included. */
export const longestStatement = 262_144

// No other kind of signed octets of a server begins so.
const purpose = Buffer.from('P3DO statement v1\0')
const lengthOctets = 4
const head = v.looseObject({ type: v.string(), from: v.string(), to: v.string(), time: v.number() })

/**
 * Writes a statement: the length of the JSON, the JSON, the signature packet.
 * @throws PluginError `message-too-long`
 */
export async function encodeStatement(
  body: Statement,
  sign: (octets: Buffer) => Promise<Buffer>,
): Promise<Buffer> {
  const json = Buffer.from(JSON.stringify(body))
  const length = Buffer.alloc(lengthOctets)
  length.writeUInt32BE(json.length)
  const octets = Buffer.concat([length, json, await sign(Buffer.concat([purpose, json]))])
  if (octets.length > longestStatement)
    throw new PluginError('message-too-long', 'A statement for a peer is too long.')
  return octets
}

/**
 * Reads a statement by the holder of one of these certificates: the signature first, over the octets as they came, then the content.
 * The fields beyond the head are as the sender wrote them: whoever reads them checks them.
 * @throws PluginError `bad-format` when it is broken, not signed so, not what is expected, or not of now
 */
export async function openStatement(
  octets: Buffer,
  signers: readonly Certificate[],
  expected: Expected,
  now: number,
): Promise<Statement> {
  if (octets.length > longestStatement || octets.length < lengthOctets) throw refused('has a wrong length')
  const end = lengthOctets + octets.readUInt32BE(0)
  const json = octets.subarray(lengthOctets, end)
  const [text, signature] = [Buffer.concat([purpose, json]), octets.subarray(end)]
  if (!(await isSignedBy(signers, text, signature, now))) throw refused('is not signed by who says it')
  const body = v.safeParse(head, parseJson(json))
  if (!body.success) throw refused('lacks what every statement says')
  return ensureExpected(body.output, expected, now)
}

async function isSignedBy(
  signers: readonly Certificate[],
  text: Buffer,
  signature: Buffer,
  now: number,
): Promise<boolean> {
  for (const certificate of signers) if (await verifyDocument(certificate, text, signature, now)) return true
  return false
}

function ensureExpected(body: v.InferOutput<typeof head>, expected: Expected, now: number): Statement {
  const { type, from, to } = expected
  if (body.type !== type || body.from !== from || body.to !== to)
    throw refused('is for something or somebody else')
  if (Math.abs(body.time - now) > clockTolerance)
    throw refused('is not of now; set the clocks of both servers')
  return { ...body, type, from, to }
}

function parseJson(json: Buffer): unknown {
  try {
    return JSON.parse(json.toString())
  } catch (error) {
    if (error instanceof SyntaxError) throw refused('is not JSON')
    throw error
  }
}

function refused(reason: string): PluginError {
  return new PluginError('bad-format', `A statement of a peer ${reason}.`)
}
