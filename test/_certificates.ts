// Certificates for tests: at a fixed time, with the faults and the attacks that packets make possible.
import { addUserIdSignature, type Certificate, type SecretKey, type UserId } from '../plugin/openpgp/index.js'
import { buildCertificate } from '../plugin/openpgp/certificate.js'
import { signerOf } from '../plugin/openpgp/secret-key.js'
import { boundOctets, certifiedOctets, ensureSignature, signatureType } from '../plugin/openpgp/signature.js'
import { makeSignature, type Signer } from '../plugin/openpgp/signing.js'
import { uint32 } from '../plugin/openpgp/packets.js'
import { subpacket, subpacketType, type Subpacket } from '../plugin/openpgp/subpackets.js'

/** The time of tests, and the units that they count in. */
export const today = Date.UTC(2026, 5, 1)
export const hour = 3_600_000
export const day = 24 * hour

export function primarySigner(key: SecretKey): Signer {
  return signerOf(key, key.certificate.primary)
}

/** The first user ID, which every certificate here has. */
export function firstUserId(certificate: Certificate): UserId {
  const [first] = certificate.userIds
  if (first === undefined) throw new Error('The certificate has no user ID.')
  return first
}

/** The certificate with its primary key revoked by itself. */
export function revokedKey(key: SecretKey, now: number): Certificate {
  const { certificate } = key
  const body = makeSignature(primarySigner(key), signatureType.keyRevocation, certificate.primary.hashed, now)
  return buildCertificate({ ...certificate, signatures: [...certificate.signatures, ensureSignature(body)] })
}

/** The certificate with its last subkey revoked. */
export function revokedSubkey(key: SecretKey, now: number): Certificate {
  const { certificate } = key
  const last = certificate.subkeys.at(-1)
  if (last === undefined) throw new Error('The certificate has no subkey.')
  const octets = boundOctets(certificate.primary, last.key)
  const body = makeSignature(primarySigner(key), signatureType.subkeyRevocation, octets, now)
  const revoked = { ...last, signatures: [...last.signatures, ensureSignature(body)] }
  return buildCertificate({ ...certificate, subkeys: [...certificate.subkeys.slice(0, -1), revoked] })
}

/** The certificate with one more signature on its first user ID, by anybody, of any kind. */
export function signedBy(
  signer: Signer,
  certificate: Certificate,
  now: number,
  more: readonly Subpacket[] = [],
  type: number = signatureType.genericCertification,
): Certificate {
  const userId = firstUserId(certificate)
  const octets = certifiedOctets(certificate.primary, userId.packet)
  return addUserIdSignature(certificate, userId, makeSignature(signer, type, octets, now, more))
}

/** The certificate with another user ID, self-signed. */
export function withUserId(key: SecretKey, text: string, now: number): Certificate {
  const packet = Buffer.from(text)
  const octets = certifiedOctets(key.certificate.primary, packet)
  const body = makeSignature(primarySigner(key), signatureType.positiveCertification, octets, now)
  const added: UserId = { userId: text, packet, signatures: [ensureSignature(body)] }
  return buildCertificate({ ...key.certificate, userIds: [...key.certificate.userIds, added] })
}

/** A signature that ends so many seconds after it is made. */
export function lifetime(seconds: number): Subpacket {
  return subpacket(subpacketType.expires, uint32(seconds))
}
