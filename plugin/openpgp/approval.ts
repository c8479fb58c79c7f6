// A key holder's approval of what others certified, without which a key server gives no certification by strangers out
// (draft-dkg-openpgp-1pa3pc; RFC 9580 s5.2.3.7 reserves its subpacket).
import { createHash } from 'node:crypto'
import { buildCertificate, type Certificate, type UserId } from './certificate.js'
import { uint32 } from './packets.js'
import type { PublicKey } from './public-key.js'
import { certifiedOctets, claimsIssuer, issuerKeyIdOf, signatureType, type Signature } from './signature.js'
import { hashNames, makeSignature, type Signer } from './signing.js'
import { findSubpacket, subpacket, subpacketType } from './subpackets.js'

// Of one user ID the certifications of so many others are kept, in the order of their key IDs.
const mostApproved = 32

/** Whether its holder approves of a certification; by the newest approval alone, so that an approval can be taken back. */
export type Approves = (certification: Signature) => boolean

/** Whether its holder, or somebody in his name, approves of anything. */
export function hasApproval({ userIds }: Certificate): boolean {
  return userIds.some(({ signatures }) => signatures.some(({ type }) => type === signatureType.approval))
}

/** Reads the newest of these approvals, which are verified. Nothing is approved where there is none. */
export function approvalIn(signatures: readonly Signature[]): Approves {
  const approvals = signatures.filter(({ type }) => type === signatureType.approval)
  const newest = approvals.reduce<Signature | null>(
    (best, item) => (best === null || item.created > best.created ? item : best),
    null,
  )
  const hash = hashNames[newest?.hash ?? 0]
  const list = newest && findSubpacket(newest.hashed, subpacketType.approvedCertifications)
  if (!hash || !list) return () => false
  const digests = splitDigests(list, createHash(hash).digest().length)
  return certification => digests.has(digestOf(certification, hash))
}

/**
 * The certificate without certifications that are neither by one of these authorities nor approved by its holder, who may
 * take approval back. Revocations stay. Called with verified certificates.
 */
export function withoutUnapproved(certificate: Certificate, authorities: readonly PublicKey[]): Certificate {
  const { primary } = certificate
  const userIds = certificate.userIds.map(userId => {
    const approves = approvalIn(userId.signatures)
    const isOthers = (item: Signature): boolean =>
      isCertification(item) && ![primary, ...authorities].some(key => claimsIssuer(item, key))
    const approved = userId.signatures.filter(item => isOthers(item) && approves(item))
    const kept = new Set([...new Set(approved.map(issuerKeyIdOf))].sort().slice(0, mostApproved))
    const signatures = userId.signatures.filter(
      item => !isOthers(item) || (approved.includes(item) && kept.has(issuerKeyIdOf(item))),
    )
    return { ...userId, signatures }
  })
  return buildCertificate({ ...certificate, userIds })
}

/** Approves of these certifications of an own user ID and of no others. Gives a signature body. */
export function approveCertifications(
  signer: Signer,
  userId: UserId,
  certifications: readonly Signature[],
  now: number,
): Buffer {
  const digests = certifications
    .map(item => Buffer.from(digestOf(item, 'sha512'), 'hex'))
    .sort(Buffer.compare)
  const list = subpacket(subpacketType.approvedCertifications, Buffer.concat(digests))
  return makeSignature(signer, signatureType.approval, certifiedOctets(signer.key, userId.packet), now, [
    list,
  ])
}

/** Whether a signature certifies a user ID (RFC 9580 s5.2.1.4 to s5.2.1.7). */
export function isCertification({ type }: Signature): boolean {
  return type >= 0x10 && type <= 0x13
}

function splitDigests(list: Buffer, size: number): Set<string> {
  const digests = new Set<string>()
  for (let at = 0; at + size <= list.length; at += size) digests.add(list.toString('hex', at, at + size))
  return digests
}

// As for a third-party confirmation (RFC 9580 s5.2.4): the packet in the old form with four octets of length, and without
// its unhashed part.
function digestOf({ covered, digestStart, material }: Signature, hash: string): string {
  const body = Buffer.concat([covered, Buffer.of(0, 0), digestStart, material])
  return createHash(hash).update(Buffer.of(0x88)).update(uint32(body.length)).update(body).digest('hex')
}
