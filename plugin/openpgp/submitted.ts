// What people hand to a key server: whole certificates, a revocation that stands alone, secret keys by mistake
// (RFC 9580 s5.2.1.11, s5.5.1.3, s10.1).
import type { Fingerprint } from '../ports.js'
import { dearmorCertificates } from './armor.js'
import { parseCertificate, type Certificate } from './certificate.js'
import { certificateLimits, encodePacket, packetType, readPackets, type Packet } from './packets.js'
import { issuerKeyIdOf, parseSignature, signatureType } from './signature.js'

/** What was handed over, as far as it can be said without verifying anything. */
export type Submitted =
  | { readonly kind: 'secret' }
  /** A key revocation alone, as gpg writes it ahead of need; `octets` is its packet, `keyId` whose it claims to be. */
  | { readonly kind: 'revocation'; readonly octets: Buffer; readonly keyId: string }
  | {
      readonly kind: 'certificate'
      readonly octets: Buffer
      readonly fingerprint: Fingerprint
      readonly keyId: string
      readonly userIds: readonly string[]
      /** Key IDs that signatures on user IDs claim to be from; at most as many as a certificate has packets. */
      readonly issuers: readonly string[]
    }

/**
 * Reads armored or binary data, whose length the caller has bounded.
 * @throws PluginError `bad-format`, `certificate-invalid`
 */
export function readSubmitted(received: string | Buffer): Submitted {
  const octets = typeof received === 'string' ? dearmorCertificates(received) : received
  const packets = readPackets(octets, certificateLimits)
  if (packets.some(isSecret)) return { kind: 'secret' }
  return readRevocation(packets, octets) ?? readCertificate(octets)
}

/**
 * What was brought for a known certificate, as a certificate: a revocation alone becomes part of its key.
 * @throws PluginError `bad-format`, `certificate-invalid`
 */
export function broughtFor(known: Certificate, brought: Buffer): Certificate {
  const submitted = readSubmitted(brought)
  if (submitted.kind !== 'revocation') return parseCertificate(brought)
  return parseCertificate(Buffer.concat([encodePacket(packetType.publicKey, known.primary.body), brought]))
}

function isSecret({ type }: Packet): boolean {
  return type === packetType.secretKey || type === packetType.secretSubkey
}

function readRevocation([only, ...others]: readonly Packet[], octets: Buffer): Submitted | null {
  if (only?.type !== packetType.signature || others.length > 0) return null
  const signature = parseSignature(only.body)
  if (signature?.type !== signatureType.keyRevocation) return null
  return { kind: 'revocation', octets, keyId: issuerKeyIdOf(signature) }
}

function readCertificate(octets: Buffer): Submitted {
  const certificate = parseCertificate(octets)
  const { fingerprint, primary, userIds } = certificate
  return {
    kind: 'certificate',
    octets,
    fingerprint,
    keyId: primary.keyId,
    userIds: userIds.map(({ userId }) => userId),
    issuers: claimedKeyIds(certificate),
  }
}

/** Key IDs of others that signatures on user IDs claim to be from. */
export function claimedKeyIds({ userIds, primary }: Certificate): string[] {
  const claimed = new Set(userIds.flatMap(({ signatures }) => signatures.map(issuerKeyIdOf)))
  claimed.delete(primary.keyId)
  return [...claimed]
}
