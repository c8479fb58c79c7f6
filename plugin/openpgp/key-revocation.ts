// Revocations of a primary key by itself, and what they mean for what it signed before (RFC 9580 s5.2.3.31).
import { buildCertificate, type Certificate } from './certificate.js'
import { signerOf, type SecretKey } from './secret-key.js'
import { ensureSignature, signatureType, type Signature } from './signature.js'
import { makeSignature, verifySignature } from './signing.js'
import { findSubpacket, subpacket, subpacketType } from './subpackets.js'

const superseded = 1
const noLongerUsed = 3

/**
 * Whether a key revocation leaves what the key signed before in force: it was replaced or laid aside, and nobody else
 * had it. Without a reason, or with another one, nothing of the key is to be believed.
 */
export function isSoftRevocation(signature: Signature): boolean {
  if (signature.type !== signatureType.keyRevocation) return false
  const reason = findSubpacket(signature.hashed, subpacketType.revocationReason)?.[0]
  return reason === superseded || reason === noLongerUsed
}

/** The certificate with the statement of its own key that it is superseded; `words` say by what. `now` is in milliseconds. */
export function supersede(key: SecretKey, words: string, now: number): SecretKey {
  const { certificate } = key
  const reason = Buffer.concat([Buffer.of(superseded), Buffer.from(words)])
  const body = makeSignature(
    signerOf(key, certificate.primary),
    signatureType.keyRevocation,
    certificate.primary.hashed,
    now,
    [subpacket(subpacketType.revocationReason, reason)],
  )
  const signatures = [...certificate.signatures, ensureSignature(body)]
  return { ...key, certificate: buildCertificate({ ...certificate, signatures }) }
}

/** The certificate as it was before it was superseded or laid aside, for what is still on its way. */
export function beforeSupersession(certificate: Certificate): Certificate {
  const signatures = certificate.signatures.filter(signature => !isSoftRevocation(signature))
  return signatures.length === certificate.signatures.length
    ? certificate
    : buildCertificate({ ...certificate, signatures })
}

/** Whether the key revoked itself in a way after which nothing that it signed is to be believed. */
export async function isDisowned({ primary, signatures }: Certificate): Promise<boolean> {
  for (const item of signatures) {
    if (item.type !== signatureType.keyRevocation || isSoftRevocation(item)) continue
    if (await verifySignature(item, primary, primary.hashed)) return true
  }
  return false
}
