// The proof of a visit as it travels: what was signed as far as others do not know it anyway, and the signature (PROTO s12.2).
import { isUtf8 } from 'node:buffer'
import { parseDomain } from '../addresses.js'
import { PluginError } from '../errors.js'
import { parseCertificate, verifyText, type Certificate } from '../openpgp/index.js'
import type { Domain, UserAddress } from '../ports.js'
import type { Work } from '../work.js'
import { frameOf, framed, unfitness, type Frame } from './signed-message.js'
import { encodeVisitStatement, longestVisit, nonceOctets, type VisitStatement } from './statement.js'

/** A proof that was read; nobody has checked its signature yet. */
export interface VisitProof extends Pick<VisitStatement, 'server' | 'from' | 'until' | 'nonce'> {
  /** Where an OX client signed the statement as a message: what stands around it there. */
  readonly frame?: Frame
  /** One OpenPGP signature packet. */
  readonly signature: Buffer
}

/** What a proof that is right says. Times are in milliseconds. */
export type ProvenVisit = Pick<VisitProof, 'server' | 'from' | 'until'>

const form = { signedItself: 1, framed: 2 } as const
/** In octets. An RSA key of 4,096 bits signs in some 600. */
export const longestSignature = 1024

/** The longest proof, in octets. */
export const longestProof = 1 + 253 + 4 + 4 + nonceOctets + 1 + 2 + longestSignature

/** The longest one with a frame: it leaves more room for what is sent under it. */
export const longestFramedProof = 700

export function encodeProof({ server, from, until, nonce, frame, signature }: VisitProof): Buffer {
  const domain = Buffer.from(server)
  const times = Buffer.alloc(8)
  times.writeUInt32BE(from / 1000, 0)
  times.writeUInt32BE(until / 1000, 4)
  const parts = frame ? [Buffer.from(frame.before), Buffer.from(frame.behind)] : []
  return Buffer.concat([
    Buffer.of(domain.length),
    domain,
    times,
    nonce,
    Buffer.of(frame ? form.framed : form.signedItself),
    ...[...parts, signature].flatMap(part => [lengthOf(part), part]),
  ])
}

function lengthOf(octets: Buffer): Buffer {
  const length = Buffer.alloc(2)
  length.writeUInt16BE(octets.length)
  return length
}

/** @throws PluginError `bad-format` */
export function parseProof(octets: Buffer): VisitProof {
  const domainEnd = 1 + (octets[0] ?? 0)
  const nonceStart = domainEnd + 8
  const formAt = nonceStart + nonceOctets
  if (octets.length > longestProof || octets.length <= formAt) throw refused()
  const [from, until] = [octets.readUInt32BE(domainEnd) * 1000, octets.readUInt32BE(domainEnd + 4) * 1000]
  if (until <= from || until - from > longestVisit) throw refused()
  return {
    server: readDomain(octets.toString('latin1', 1, domainEnd)),
    from,
    until,
    nonce: octets.subarray(nonceStart, formAt),
    ...readForm(octets, formAt),
  }
}

function readForm(octets: Buffer, formAt: number): Pick<VisitProof, 'frame' | 'signature'> {
  const framedForm = octets[formAt] === form.framed && octets.length <= longestFramedProof
  const parts = readParts(octets.subarray(formAt + 1), framedForm ? 3 : 1)
  if (framedForm) {
    const [before, behind, signature] = parts as [Buffer, Buffer, Buffer]
    return { frame: { before: readText(before), behind: readText(behind) }, signature }
  }
  if (octets[formAt] !== form.signedItself) throw refused()
  const [signature] = parts as [Buffer]
  return { signature }
}

// So many, and nothing behind them.
function readParts(octets: Buffer, count: number): Buffer[] {
  const parts: Buffer[] = []
  let start = 0
  while (parts.length < count && start + 2 <= octets.length) {
    const end = start + 2 + octets.readUInt16BE(start)
    parts.push(octets.subarray(start + 2, end))
    start = end
  }
  if (parts.length !== count || start !== octets.length) throw refused()
  return parts
}

/**
 * What a proof says of a user's visit. Whether that time is now, whether the server is trusted, and whether the certificate is
 * the user's and trusted is for the caller to judge. `now` is in milliseconds.
 * @throws PluginError `bad-format` where the holder of the certificate did not sign it with a key that is valid now
 */
export async function verifyProof(
  work: Work,
  proof: Buffer,
  user: UserAddress,
  certificate: Certificate,
  now: number,
): Promise<ProvenVisit> {
  const { server, from, until } = parseProof(proof)
  if (!(await work.run('checkProof', proof, user, certificate.octets, now))) throw refused()
  return { server, from, until }
}

/** The slow part of `verifyProof`; it runs on the worker thread. */
export async function checkProof(
  proof: Buffer,
  user: UserAddress,
  certificate: Buffer,
  now: number,
): Promise<boolean> {
  const { signature, frame, ...said } = parseProof(proof)
  const holder = parseCertificate(certificate)
  const statement = { ...said, user, key: holder.fingerprint }
  if (!frame) return verifyText(holder, encodeVisitStatement(statement), signature, now)
  const content = framed(frame, statement)
  // Where the statement stands twice in what was signed, the frame of the first counts: nobody has two proofs for one signature.
  const isFit = frameOf(content, statement)?.before === frame.before && unfitness(content, statement) === null
  return isFit && verifyText(holder, content, signature, now)
}

// One way of writing for each domain, so that nobody has two proofs for the same signature.
function readDomain(text: string): Domain {
  const domain = parseDomain(text)
  if (domain !== text) throw refused()
  return domain
}

// And one for what stands around: a signature of text ends each line as CR LF, whether it came with the CR or not.
function readText(octets: Buffer): string {
  if (!isUtf8(octets) || octets.includes('\r')) throw refused()
  return octets.toString()
}

function refused(): PluginError {
  return new PluginError(
    'bad-format',
    'The proof of a visit is not in the accepted form, or not by the key of its user.',
  )
}
