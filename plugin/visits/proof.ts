// The proof of a visit as it travels: what was signed as far as others do not know it anyway, and the signature (PROTO s12.2).
import { parseDomain } from '../addresses.js'
import { PluginError } from '../errors.js'
import { parseCertificate, verifyText, type Certificate } from '../openpgp/index.js'
import type { Domain, UserAddress } from '../ports.js'
import type { Work } from '../work.js'
import { encodeVisitStatement, longestVisit, nonceOctets, type VisitStatement } from './statement.js'

/** A proof that was read; nobody has checked its signature yet. */
export interface VisitProof extends Pick<VisitStatement, 'server' | 'from' | 'until' | 'nonce'> {
  /** One OpenPGP signature packet. */
  readonly signature: Buffer
}

/** What a proof that is right says. Times are in milliseconds. */
export type ProvenVisit = Pick<VisitProof, 'server' | 'from' | 'until'>

const signedItself = 1
/** In octets. An RSA key of 4,096 bits signs in some 600. */
export const longestSignature = 1024

/** The longest proof, in octets. */
export const longestProof = 1 + 253 + 4 + 4 + nonceOctets + 1 + 2 + longestSignature

export function encodeProof({ server, from, until, nonce, signature }: VisitProof): Buffer {
  const domain = Buffer.from(server)
  const times = Buffer.alloc(8)
  times.writeUInt32BE(from / 1000, 0)
  times.writeUInt32BE(until / 1000, 4)
  const length = Buffer.alloc(2)
  length.writeUInt16BE(signature.length)
  return Buffer.concat([
    Buffer.of(domain.length),
    domain,
    times,
    nonce,
    Buffer.of(signedItself),
    length,
    signature,
  ])
}

/** @throws PluginError `bad-format` */
export function parseProof(octets: Buffer): VisitProof {
  const domainEnd = 1 + (octets[0] ?? 0)
  const nonceStart = domainEnd + 8
  const formAt = nonceStart + nonceOctets
  const signatureStart = formAt + 3
  if (octets.length > longestProof || octets.length < signatureStart || octets[formAt] !== signedItself)
    throw refused()
  if (signatureStart + octets.readUInt16BE(formAt + 1) !== octets.length) throw refused()
  const [from, until] = [octets.readUInt32BE(domainEnd) * 1000, octets.readUInt32BE(domainEnd + 4) * 1000]
  if (until <= from || until - from > longestVisit) throw refused()
  return {
    server: readDomain(octets.toString('latin1', 1, domainEnd)),
    from,
    until,
    nonce: octets.subarray(nonceStart, formAt),
    signature: octets.subarray(signatureStart),
  }
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
  const { signature, ...said } = parseProof(proof)
  const holder = parseCertificate(certificate)
  const text = encodeVisitStatement({ ...said, user, key: holder.fingerprint })
  return verifyText(holder, text, signature, now)
}

// One way of writing for each domain, so that nobody has two proofs for the same signature.
function readDomain(text: string): Domain {
  const domain = parseDomain(text)
  if (domain !== text) throw refused()
  return domain
}

function refused(): PluginError {
  return new PluginError(
    'bad-format',
    'The proof of a visit is not in the accepted form, or not by the key of its user.',
  )
}
