// A hosted user's key, of the kinds that every OX client can use (XEP-0373 s8.5; RFC 9580 s9.1).
import type { UserAddress } from '../ports.js'
import { buildCertificate, type Certificate } from './certificate.js'
import { bindSubkey, feature, selfCertify } from './new-certificate.js'
import { algorithm } from './public-key.js'
import { generateKey, signerOf, type SecretKey } from './secret-key.js'
import { ensureSignature, signatureType } from './signature.js'
import { makeSignature } from './signing.js'
import { keyFlag } from './standing.js'
import { subpacket, subpacketType } from './subpackets.js'

/** The secret key of a user whose key the server keeps. */
export type UserKey = SecretKey

/** The user ID by which a key says whose it is (XEP-0373 s8.5). */
export function userIdOf(address: UserAddress): string {
  return `xmpp:${address}`
}

/** Makes a hosted user's key: the primary key certifies and signs, one subkey encrypts. `now` is in milliseconds. */
export function generateUserKey(address: UserAddress, now: number): UserKey {
  const primary = generateKey(algorithm.eddsaLegacy, now)
  const encryption = generateKey(algorithm.ecdh, now)
  const bare = selfCertify(primary, userIdOf(address), keyFlag.certify | keyFlag.sign, feature.seipd1, now)
  const subkeys = [bindSubkey(primary, encryption, keyFlag.encrypt, null, now)]
  const secrets = new Map([primary, encryption].map(({ key, secret }) => [key.fingerprint, secret]))
  return { certificate: buildCertificate({ ...bare, subkeys }), secrets }
}

/** Revokes a hosted user's key for good (RFC 9580 s5.2.1.11); gives the certificate with the revocation alone. */
export function revokeKey(key: UserKey, now: number): Certificate {
  const { primary } = key.certificate
  const reason = subpacket(subpacketType.revocationReason, Buffer.of(0))
  const body = makeSignature(signerOf(key, primary), signatureType.keyRevocation, primary.hashed, now, [
    reason,
  ])
  return buildCertificate({ primary, signatures: [ensureSignature(body)], userIds: [], subkeys: [] })
}
