// Names and extensions of X.509 certificates (RFC 5280 s4.1.2.4, s4.2.1).
import forge from 'node-forge'
import type { Domain, UserAddress } from '../ports.js'
import { objectIds } from './object-ids.js'

export type NameAttribute = forge.pki.CertificateField
/** The library's typings leave extensions open. */
export type Extension = Readonly<Record<string, unknown>>

const { asn1 } = forge
// RFC 5280 appendix A.1
const longestCommonName = 64
// The typings want a class where the library wants a type.
// eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment
const [ia5, utf8] = [asn1.Type.IA5STRING, asn1.Type.UTF8] as number[] as forge.asn1.Class[]

/** The name of something in a domain: its labels from the top down, then a common name where it fits. */
export function subjectOf(domain: Domain, commonName: string): NameAttribute[] {
  const labels = domain
    .split('.')
    .reverse()
    .map(value => ({ type: objectIds.domainComponent, value, valueTagClass: ia5 }))
  if (commonName.length > longestCommonName) return labels
  return [...labels, { name: 'commonName', value: commonName, valueTagClass: utf8 }]
}

/** It signs certificates of users and lists of revoked ones, and makes no further authority. */
export function authorityExtensions(): Extension[] {
  return [
    { name: 'basicConstraints', cA: true, pathLenConstraint: 0, critical: true },
    { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    { name: 'subjectKeyIdentifier' },
  ]
}

/** It says who logs in, and can do nothing else. `issuer` is the authority's key identifier. */
export function clientExtensions(user: UserAddress, issuer: string): Extension[] {
  return [
    { name: 'basicConstraints', cA: false, critical: true },
    { name: 'keyUsage', digitalSignature: true, critical: true },
    { name: 'extKeyUsage', clientAuth: true },
    { name: 'subjectKeyIdentifier' },
    { name: 'authorityKeyIdentifier', keyIdentifier: issuer },
    { id: objectIds.subjectAltName, value: asn1.toDer(addressName(user)).getBytes() },
  ]
}

// The library knows no otherName, so that the extension is written here: SEQUENCE { [0] (NONE is 0) { OID, [0] { UTF8String } } }.
function addressName(user: UserAddress): forge.asn1.Asn1 {
  const context = asn1.Class.CONTEXT_SPECIFIC
  const universal = asn1.Class.UNIVERSAL
  const text = asn1.create(universal, asn1.Type.UTF8, false, forge.util.encodeUtf8(user))
  const type = asn1.create(universal, asn1.Type.OID, false, asn1.oidToDer(objectIds.xmppAddr).getBytes())
  const otherName = asn1.create(context, asn1.Type.NONE, true, [
    type,
    asn1.create(context, asn1.Type.NONE, true, [text]),
  ])
  return asn1.create(universal, asn1.Type.SEQUENCE, true, [otherName])
}
