// A list of certificates that another domain's authority took back, as it came (RFC 5280 s5).
import { verify, X509Certificate } from 'node:crypto'
import forge from 'node-forge'
import { derOf, extensionsOf, isObject, partsOf, primitiveOf, readDer, taggedOf, timeOf } from './der.js'
import type { Asn1 } from './der.js'
import { longestList } from './lengths.js'
import { objectIds } from './object-ids.js'

/** A list that the authority signed. */
export interface KnownList {
  /** Grows with each list of an authority; zero where it says none. */
  readonly number: bigint
  /** When the next one must be there, milliseconds: from then on it says nothing. */
  readonly ends: number
  /** Serial numbers in lower-case hex digits, without zeros in front. */
  readonly serials: ReadonlySet<string>
}

const { asn1 } = forge
const digests: readonly (readonly [string, string | null])[] = [
  [objectIds.sha256WithRsa, 'sha256'],
  [objectIds.sha256WithEcdsa, 'sha256'],
  [objectIds.ed25519, null],
]

/**
 * Reads a list, DER, that this authority, DER, signed as it stands; `null` for any other.
 * A list that is about a part of what was issued (RFC 5280 s5.2.4, s5.2.5) says so in what must be understood, and is none here.
 */
export function readRevocationList(list: Buffer, authority: Buffer): KnownList | null {
  const read = list.length <= longestList ? readDer(list) : null
  const [signed, algorithm, signature] = partsOf(read)
  const issuer = new X509Certificate(authority)
  if (signed === undefined || !isSigned(signed, algorithm, signature, issuer)) return null
  const [version, inner, name, ...rest] = partsOf(signed)
  const isWhole = isVersion2(version) && inner !== undefined && algorithm !== undefined
  if (!isWhole || !derOf(inner).equals(derOf(algorithm)) || !isNamed(name, authority)) return null
  const [, next, ...more] = rest
  const [ends, extensions] = [timeOf(next), extensionsOf(taggedOf(more, 0))]
  if (ends === null || extensions?.knows([]) !== true) return null
  const lines = more.find(({ tagClass }) => tagClass === asn1.Class.UNIVERSAL)
  const serials = partsOf(lines).map(line => serialOf(partsOf(line)[0]))
  if (!serials.every(serial => serial !== null)) return null
  return { number: numberIn(extensions.of(objectIds.listNumber)), ends, serials: new Set(serials) }
}

/** A serial number as lists and certificates are compared by. */
export function plainSerial(hex: string): string {
  return hex.toLowerCase().replace(/^0+(?=.)/, '')
}

function isSigned(
  signed: Asn1,
  algorithm: Asn1 | undefined,
  signature: Asn1 | undefined,
  { publicKey }: X509Certificate,
): boolean {
  const [, digest] = digests.find(([id]) => isObject(partsOf(algorithm)[0], id)) ?? []
  // X.690 s8.6.2.2: the first octet says how many bits of the last one are unused.
  const bits = primitiveOf(signature, asn1.Type.BITSTRING)
  if (digest === undefined || bits?.[0] !== 0) return false
  try {
    return verify(digest, derOf(signed), publicKey, bits.subarray(1))
  } catch {
    return false // a key that has no signatures of that kind
  }
}

// RFC 5280 s5.1.2.1: only the second has numbers and extensions.
function isVersion2(version: Asn1 | undefined): boolean {
  return primitiveOf(version, asn1.Type.INTEGER)?.equals(Buffer.of(1)) === true
}

// Where the subject stands in a certificate (RFC 5280 s4.1): behind version, serial, algorithm, issuer and validity.
const subjectAt = 5

function isNamed(name: Asn1 | undefined, authority: Buffer): boolean {
  const subject = partsOf(partsOf(readDer(authority))[0])[subjectAt]
  return name !== undefined && subject !== undefined && derOf(name).equals(derOf(subject))
}

function serialOf(value: Asn1 | undefined): string | null {
  const octets = primitiveOf(value, asn1.Type.INTEGER)
  return octets === null || octets.length === 0 ? null : plainSerial(octets.toString('hex'))
}

// RFC 5280 s5.2.3: at most 20 octets.
function numberIn(value: Buffer | undefined): bigint {
  const octets = value === undefined ? null : primitiveOf(readDer(value) ?? undefined, asn1.Type.INTEGER)
  if (octets === null || octets.length === 0 || octets.length > 20) return 0n
  return BigInt(`0x${octets.toString('hex')}`)
}
