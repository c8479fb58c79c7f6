// Self-signatures of keys that are made here, with no more subpackets than other programs need (RFC 9580 s5.2.3.10).
import { buildCertificate, type Certificate, type Subkey, type UserId } from './certificate.js'
import { uint32 } from './packets.js'
import { boundOctets, certifiedOctets, ensureSignature, signatureType } from './signature.js'
import { makeSignature, type Signer } from './signing.js'
import { keyFlag } from './standing.js'
import { subpacket, subpacketType, type Subpacket } from './subpackets.js'

const aes256 = 9
const aes128 = 7
const sha512 = 10
const sha256 = 8
const uncompressed = 0

/** Features (RFC 9580 s5.2.3.32). */
export const feature = { seipd1: 0x01, seipd2: 0x08 } as const

/** A new certificate with one user ID and no subkeys yet. `now` is in milliseconds. */
export function selfCertify(
  primary: Signer,
  userId: string,
  flags: number,
  features: number,
  now: number,
): Certificate {
  const packet = Buffer.from(userId)
  const more = [
    subpacket(subpacketType.keyFlags, Buffer.of(flags)),
    // Without preferences gpg 2.2 falls back to 3DES, and compresses.
    subpacket(subpacketType.preferredCiphers, Buffer.of(aes256, aes128)),
    subpacket(subpacketType.preferredHashes, Buffer.of(sha512, sha256)),
    subpacket(subpacketType.preferredCompressions, Buffer.of(uncompressed)),
    subpacket(subpacketType.features, Buffer.of(features)),
  ]
  const octets = certifiedOctets(primary.key, packet)
  const body = makeSignature(primary, signatureType.positiveCertification, octets, now, more)
  const claimed: UserId = { userId, packet, signatures: [ensureSignature(body)] }
  return buildCertificate({ primary: primary.key, signatures: [], userIds: [claimed], subkeys: [] })
}

/** Binds a subkey; a lifetime in seconds counts from the subkey's creation, `null` is without end. */
export function bindSubkey(
  primary: Signer,
  subkey: Signer,
  flags: number,
  lifetime: number | null,
  now: number,
): Subkey {
  const octets = boundOctets(primary.key, subkey.key)
  const more: Subpacket[] = [subpacket(subpacketType.keyFlags, Buffer.of(flags))]
  if (lifetime !== null) more.push(subpacket(subpacketType.keyExpires, uint32(lifetime)))
  if ((flags & keyFlag.sign) !== 0) {
    const back = makeSignature(subkey, signatureType.primaryBinding, octets, now)
    more.push(subpacket(subpacketType.embeddedSignature, back))
  }
  const body = makeSignature(primary, signatureType.subkeyBinding, octets, now, more)
  return { key: subkey.key, signatures: [ensureSignature(body)] }
}
