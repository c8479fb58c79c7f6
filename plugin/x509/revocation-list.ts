// The list of certificates that were taken back, as the authority signs it (RFC 5280 s5).
import { createSign } from 'node:crypto'
import forge from 'node-forge'
import type { RevocationReason } from '../ports.js'
import type { X509Pair } from './certificates.js'
import { listLifetime } from './lifetimes.js'
import { objectIds } from './object-ids.js'

/** A line of the list; `serial` in hex, `revoked` in milliseconds. */
export interface Revoked {
  readonly serial: string
  readonly revoked: number
  readonly reason: RevocationReason
}

const { asn1 } = forge
type Asn1 = forge.asn1.Asn1
const hour = 3_600_000
// Where the subject stands in a certificate (RFC 5280 s4.1): behind version, serial, algorithm, issuer and validity.
const subjectAt = 5
// RFC 5280 s5.3.1; a reason that is not known is left out.
const codes: Readonly<Record<RevocationReason, number | null>> = {
  unspecified: null,
  'key-compromise': 1,
  superseded: 4,
  'account-gone': 5,
}

/**
 * Signs a list, DER. Its number is the time in milliseconds, so that it grows also when older records were restored.
 * `now` is in milliseconds.
 */
export function makeRevocationList(authority: X509Pair, revoked: readonly Revoked[], now: number): Buffer {
  const certificate = forge.pki.certificateFromPem(authority.certificate)
  const keyIdentifier = certificate.generateSubjectKeyIdentifier().getBytes()
  const algorithm = sequence(
    objectId(objectIds.sha256WithRsa),
    asn1.create(universal, asn1.Type.NULL, false, ''),
  )
  const list = sequence(
    integer('01'),
    algorithm,
    subjectOf(authority.certificate),
    // Clocks of servers and clients differ.
    time(now - hour),
    time(now + listLifetime),
    // RFC 5280 s5.1.2.6: where nothing was taken back, the field is left out.
    ...(revoked.length === 0 ? [] : [sequence(...revoked.map(lineOf))]),
    explicit0(sequence(authorityKey(keyIdentifier), extension(objectIds.listNumber, integer(hexOf(now))))),
  )
  const signature = createSign('sha256').update(asn1.toDer(list).getBytes(), 'latin1').sign(authority.key)
  const bits = `\0${signature.toString('latin1')}`
  const signed = sequence(list, algorithm, asn1.create(universal, asn1.Type.BITSTRING, false, bits))
  return Buffer.from(asn1.toDer(signed).getBytes(), 'latin1')
}

const universal = asn1.Class.UNIVERSAL
const sequence = (...parts: Asn1[]): Asn1 => asn1.create(universal, asn1.Type.SEQUENCE, true, parts)
// NONE is 0.
const explicit0 = (part: Asn1): Asn1 => asn1.create(asn1.Class.CONTEXT_SPECIFIC, asn1.Type.NONE, true, [part])
const objectId = (text: string): Asn1 =>
  asn1.create(universal, asn1.Type.OID, false, asn1.oidToDer(text).getBytes())
const integer = (hex: string): Asn1 =>
  asn1.create(universal, asn1.Type.INTEGER, false, forge.util.hexToBytes(hex))

function extension(id: string, value: Asn1): Asn1 {
  const octets = asn1.toDer(value).getBytes()
  return sequence(objectId(id), asn1.create(universal, asn1.Type.OCTETSTRING, false, octets))
}

function authorityKey(identifier: string): Asn1 {
  const key = asn1.create(asn1.Class.CONTEXT_SPECIFIC, asn1.Type.NONE, false, identifier)
  return extension(objectIds.authorityKey, sequence(key))
}

function lineOf({ serial, revoked, reason }: Revoked): Asn1 {
  const code = codes[reason]
  const line = [integer(serial), time(revoked)]
  if (code === null) return sequence(...line)
  const value = asn1.create(universal, asn1.Type.ENUMERATED, false, String.fromCharCode(code))
  return sequence(...line, sequence(extension(objectIds.reason, value)))
}

// RFC 5280 s5.1.2.4: two digits for the year up to 2049, four from then on.
function time(at: number): Asn1 {
  const date = new Date(at)
  if (date.getUTCFullYear() < 2050)
    return asn1.create(universal, asn1.Type.UTCTIME, false, asn1.dateToUtcTime(date))
  return asn1.create(universal, asn1.Type.GENERALIZEDTIME, false, asn1.dateToGeneralizedTime(date))
}

// Octet for octet as in the certificate, because the names are compared.
function subjectOf(pem: string): Asn1 {
  const [message] = forge.pem.decode(pem)
  const certificate = asn1.fromDer(message?.body ?? '')
  const [fields] = certificate.value as Asn1[]
  const subject = (fields?.value as Asn1[] | undefined)?.[subjectAt]
  if (subject === undefined) throw new TypeError('A certificate has no subject.')
  return subject
}

// A leading zero octet keeps it positive.
function hexOf(value: number): string {
  const digits = value.toString(16)
  return `00${digits.padStart(digits.length + (digits.length % 2), '0')}`
}
