// Certificates with which users of other domains log in: whose they are, and whether their authority stands for them
// (RFC 5280 s6.1, RFC 6120 s13.7.1.4).
import { X509Certificate } from 'node:crypto'
import forge from 'node-forge'
import { extensionsOf, isObject, partsOf, primitiveOf, readDer, taggedOf } from './der.js'
import type { Asn1, Extensions } from './der.js'
import { plainSerial, readRevocationList } from './known-list.js'
import { longestCertificate } from './lengths.js'
import { objectIds } from './object-ids.js'

/** What a certificate says of who has its key. */
export interface VisitingNames {
  /** Every address in it, as it is written there. */
  readonly addresses: readonly string[]
}

/** Why an authority does not stand for a certificate now. */
export type CertificateRefusal =
  | 'unreadable'
  | 'other-authority'
  | 'not-yet'
  | 'ended'
  | 'not-for-clients'
  | 'list-invalid'
  | 'list-ended'
  | 'revoked'

/** An authority stands for it until then, milliseconds: until it or the list ends, whichever is first. */
export type CertificateVerdict =
  { readonly refusal: CertificateRefusal } | { readonly refusal: null; readonly until: number }

const { asn1 } = forge
// What stands in a certificate and must be understood; the rest of what must be is refused (RFC 5280 s4.2).
const understood = [
  objectIds.subjectAltName,
  objectIds.basicConstraints,
  objectIds.keyUsage,
  objectIds.extendedKeyUsage,
]

/** Reads the names in a certificate, DER; `null` for what is none. */
export function readVisitingNames(der: Buffer): VisitingNames | null {
  const extensions = certificateExtensions(der)
  if (extensions === null || parse(der) === null) return null
  const names = extensions.of(objectIds.subjectAltName)
  const parts = names === undefined ? [] : partsOf(readDer(names))
  return { addresses: parts.flatMap(addressesIn) }
}

/**
 * Judges a certificate by its authority, DER like the certificate, and by the authority's list of what it took back.
 * The caller knows that it is the authority. `now` is in milliseconds.
 */
export function judgeVisiting(der: Buffer, authority: Buffer, list: Buffer, now: number): CertificateVerdict {
  const [certificate, extensions] = [parse(der), certificateExtensions(der)]
  if (certificate === null || extensions === null) return { refusal: 'unreadable' }
  if (!isIssued(certificate, new X509Certificate(authority), now)) return { refusal: 'other-authority' }
  const ends = Date.parse(certificate.validTo)
  if (Date.parse(certificate.validFrom) > now) return { refusal: 'not-yet' }
  if (ends <= now) return { refusal: 'ended' }
  if (!isForClients(certificate, extensions)) return { refusal: 'not-for-clients' }
  const known = readRevocationList(list, authority)
  if (known === null) return { refusal: 'list-invalid' }
  // Also from a list that has ended: what was taken back once stays so.
  if (known.serials.has(plainSerial(certificate.serialNumber))) return { refusal: 'revoked' }
  if (known.ends <= now) return { refusal: 'list-ended' }
  return { refusal: null, until: Math.min(ends, known.ends) }
}

function parse(der: Buffer): X509Certificate | null {
  if (der.length > longestCertificate) return null
  try {
    return new X509Certificate(der)
  } catch {
    return null // OpenSSL's errors are many
  }
}

function certificateExtensions(der: Buffer): Extensions | null {
  const [fields] = partsOf(der.length <= longestCertificate ? readDer(der) : null)
  return fields === undefined ? null : extensionsOf(taggedOf(partsOf(fields), 3))
}

// The authority makes no further ones, so that the path is always one step (RFC 5280 s6.1).
function isIssued(certificate: X509Certificate, authority: X509Certificate, now: number): boolean {
  const isCurrent = Date.parse(authority.validFrom) <= now && now < Date.parse(authority.validTo)
  try {
    return (
      isCurrent &&
      authority.ca &&
      certificate.checkIssued(authority) &&
      certificate.verify(authority.publicKey)
    )
  } catch {
    return false // a key that cannot have signed it
  }
}

// RFC 5280 s4.2.1.3, s4.2.1.12: whoever names uses may be taken for these alone.
function isForClients(certificate: X509Certificate, extensions: Extensions): boolean {
  const usage = extensions.of(objectIds.keyUsage)
  const bits = usage === undefined ? null : primitiveOf(readDer(usage) ?? undefined, asn1.Type.BITSTRING)
  const signs = usage === undefined || ((bits?.[1] ?? 0) & 0x80) !== 0
  // Node calls the extended usages so.
  const uses = certificate.keyUsage as readonly string[] | undefined
  const logsIn = uses === undefined || uses.includes(objectIds.clientAuth)
  return !certificate.ca && signs && logsIn && extensions.knows(understood)
}

// SEQUENCE { [0] { OID, [0] { UTF8String } } }
function addressesIn(name: Asn1): readonly string[] {
  const isOtherName = name.tagClass === asn1.Class.CONTEXT_SPECIFIC && (name.type as number) === 0
  const [type, tagged] = partsOf(name)
  if (!isOtherName || !isObject(type, objectIds.xmppAddr)) return []
  const text = primitiveOf(partsOf(tagged)[0], asn1.Type.UTF8)
  // One that cannot be read is one all the same.
  return [text?.toString() ?? '']
}
