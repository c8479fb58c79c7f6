// What people hand to a key server besides whole certificates (RFC 9580 s5.2.1.11, s5.5.1.3).
import { certificateLimits, packetType, readPackets } from './packets.js'
import { parseSignature, signatureType, type Signature } from './signature.js'

/**
 * A key revocation that stands alone, as gpg writes it ahead of need; `null` for anything else.
 * @throws PluginError `bad-format`
 */
export function parseBareRevocation(octets: Buffer): Signature | null {
  const [only, ...others] = readPackets(octets, certificateLimits)
  if (only?.type !== packetType.signature || others.length > 0) return null
  const signature = parseSignature(only.body)
  return signature?.type === signatureType.keyRevocation ? signature : null
}

/** Whether there is a secret key among the packets. @throws PluginError `bad-format` */
export function holdsSecretKey(octets: Buffer): boolean {
  const secret: readonly number[] = [packetType.secretKey, packetType.secretSubkey]
  return readPackets(octets, certificateLimits).some(({ type }) => secret.includes(type))
}
