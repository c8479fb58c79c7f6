// Certifications by an authority: of a user for a time, of a peer's authority for its domain alone
// (RFC 9580 s5.2.1.4, s5.2.3.21, s5.2.3.22; PROTO s9.3). The recipe that gpg and Sequoia both evaluate safely.
import { pseudonymDomain } from '../addresses.js'
import type { Domain } from '../ports.js'
import type { UserId } from './certificate.js'
import type { PublicKey } from './public-key.js'
import { certifiedOctets, signatureType, type Signature } from './signature.js'
import { makeSignature, type Signer } from './signing.js'
import {
  findNotation,
  findSubpacket,
  notation,
  subpacket,
  subpacketType,
  type Subpacket,
} from './subpackets.js'
import { uint32 } from './packets.js'

/** How long a certification of a user and a countersignature of a server last, in seconds. */
export const userCertificationLifetime = 90 * 86_400
export const countersignatureLifetime = 180 * 86_400

// `.invalid` never belongs to anybody (RFC 6761 s6.4), so the name cannot meet another's.
const mailboxNotation = 'mailbox-key@p3do.invalid'
const mailboxCopyNotation = 'mailbox-copy@p3do.invalid'
const trustDepth = 1
const trustAmount = 120 // RFC 9580 s5.2.3.21: complete trust

/** What a certification says of a user's mailbox. */
export interface CertifiedMailbox {
  /** 32 octets. */
  readonly key: Uint8Array
  /** Its secret half, encrypted to the user's own key, at most `longestMailboxCopy` octets; `null` where there is none. */
  readonly copy: Uint8Array | null
}

/** RSA of 4,096 bits takes some 700 octets, curves take 250; every peer keeps it. */
export const longestMailboxCopy = 1024

/** Certifies a user's key under that user ID, and says which mailbox key is his. Gives a signature body. */
export function certifyUserId(
  signer: Signer,
  primary: PublicKey,
  userId: UserId,
  mailbox: CertifiedMailbox,
  now: number,
): Buffer {
  const more = [
    subpacket(subpacketType.expires, uint32(userCertificationLifetime)),
    notation(mailboxNotation, mailbox.key),
    ...(mailbox.copy ? [notation(mailboxCopyNotation, mailbox.copy)] : []),
  ]
  return certify(signer, primary, userId, more, now)
}

/** Countersigns a server's key: it may certify users of that domain, and nobody else. Gives a signature body. */
export function certifyServer(
  signer: Signer,
  primary: PublicKey,
  userId: UserId,
  domain: Domain,
  now: number,
): Buffer {
  const more = [subpacket(subpacketType.expires, uint32(countersignatureLifetime)), ...scope(domain)]
  return certify(signer, primary, userId, more, now)
}

function certify(
  signer: Signer,
  primary: PublicKey,
  userId: UserId,
  more: readonly Subpacket[],
  now: number,
): Buffer {
  const octets = certifiedOctets(primary, userId.packet)
  return makeSignature(signer, signatureType.genericCertification, octets, now, more)
}

/** Takes an own certification of that user ID back. Gives a signature body. */
export function revokeCertification(signer: Signer, primary: PublicKey, userId: UserId, now: number): Buffer {
  // RFC 9580 s5.2.3.31: "user ID information is no longer valid", the reason for certifications.
  const reason = subpacket(subpacketType.revocationReason, Buffer.of(32))
  const octets = certifiedOctets(primary, userId.packet)
  return makeSignature(signer, signatureType.certificationRevocation, octets, now, [reason])
}

/** Whether a certification is a countersignature for exactly this domain. */
export function isCountersignature(signature: Signature, domain: Domain): boolean {
  const isScope = (item: Subpacket) => item.type === subpacketType.trust || item.type === subpacketType.regex
  const found = signature.hashed.filter(isScope)
  return [scope(domain), scopeOfAccounts(domain)].some(
    wanted =>
      found.length === wanted.length &&
      wanted.every((item, at) => found[at]?.type === item.type && found[at].value.equals(item.value)),
  )
}

/** Whether a certification is a plain one, which gives no power to certify others. */
export function isPlain(signature: Signature): boolean {
  return findSubpacket(signature.hashed, subpacketType.trust) === null
}

/** The mailbox key that a certification of a user names, 32 octets, or `null`. */
export function mailboxKeyIn(signature: Signature): Buffer | null {
  const value = findNotation(signature.hashed, mailboxNotation)
  return value?.length === 32 ? value : null
}

/** The copy of its secret half that it has, `null` where it has none. */
export function mailboxCopyIn(signature: Signature): Buffer | null {
  const value = findNotation(signature.hashed, mailboxCopyNotation)
  return value !== null && value.length <= longestMailboxCopy ? value : null
}

// The domain's own addresses, and those of its users' pseudonyms.
function scope(domain: Domain): Subpacket[] {
  const pseudonyms = pseudonymDomain(domain)
  const own = escaped(domain)
  return scopeOf(domain, pseudonyms === null ? own : `(${own}|${escaped(pseudonyms)})`)
}

// What countersignatures had before there were pseudonyms; their next renewal gives them the other.
function scopeOfAccounts(domain: Domain): Subpacket[] {
  return scopeOf(domain, escaped(domain))
}

// gpg looks at the first expression only, and takes none but this form, which knows mailboxes, at whatever is below the domain, too.
// Sequoia takes any of them that matches.
function scopeOf(domain: Domain, addressed: string): Subpacket[] {
  return [
    subpacket(subpacketType.trust, Buffer.of(trustDepth, trustAmount), true),
    subpacket(subpacketType.regex, Buffer.from(`<[^>]+[@.]${escaped(domain)}>$\0`), true),
    subpacket(subpacketType.regex, Buffer.from(`^xmpp:[^@/]+@${addressed}$\0`), true),
  ]
}

function escaped(domain: Domain): string {
  return domain.replaceAll('.', '\\.')
}
