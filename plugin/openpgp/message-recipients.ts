// To whom an encrypted message says that it is (RFC 9580 s5.1).
import type { Certificate } from './certificate.js'
import { packetType, readLeading } from './packets.js'

/** The longest message that is made or opened, in octets. */
export const longestMessage = 196_608

/** The key ID that names nobody. */
export const anyone = '0000000000000000'

/**
 * Whether an encrypted message names one of a certificate's subkeys, or leaves open to whom it is (RFC 9580 s5.1).
 * Whoever can not open it can tell this much.
 */
export function isEncryptedTo(octets: Buffer, { subkeys, primary }: Certificate): boolean {
  const limits = { octets: longestMessage, body: 2048, packets: 32 }
  const named = readLeading(octets, packetType.encryptedSessionKey, limits).map(keyIdOf)
  return [anyone, primary.keyId, ...subkeys.map(({ key }) => key.keyId)].some(keyId => named.includes(keyId))
}

// RFC 9580 s5.1.1: version 3 names a key ID, version 6 a fingerprint with its length and version, or nobody.
function keyIdOf(body: Buffer): string | null {
  if (body[0] === 3) return body.subarray(1, 9).toString('hex')
  if (body[0] !== 6) return null
  const length = body[1] ?? 0
  return length === 0
    ? anyone
    : body[2] === 4
      ? body
          .subarray(3, 2 + length)
          .toString('hex')
          .slice(-16)
      : null
}
