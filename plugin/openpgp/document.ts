// Detached signatures over octets, such as statements and vouchers (RFC 9580 s5.2.1.1, s10.4).
import type { Certificate } from './certificate.js'
import { encodePacket, packetType, readPackets } from './packets.js'
import { algorithm } from './public-key.js'
import { signerOf, type SecretKey } from './secret-key.js'
import { claimsIssuer, parseSignature, signatureType, type Signature } from './signature.js'
import { isCurrent, makeSignature, verifySignature } from './signing.js'
import { keyFlag, standingOf, type UsableKey } from './standing.js'
import { PluginError } from '../errors.js'

const oneSignature = { octets: 1024, body: 1024, packets: 1 }

/**
 * Signs octets with the newest key that is meant for signing: a server's signing subkey, a user's primary key.
 * Gives one signature packet. `now` is in milliseconds.
 */
export async function signDocument(secretKey: SecretKey, octets: Buffer, now: number): Promise<Buffer> {
  const { keys } = await standingOf(secretKey.certificate, now)
  const key = keys.findLast(item => signs(item) && item.key.algorithm === algorithm.eddsaLegacy)
  if (key === undefined) throw new PluginError('internal', 'The own certificate has no key that signs.')
  const body = makeSignature(signerOf(secretKey, key.key), signatureType.document, octets, now, [], [])
  return encodePacket(packetType.signature, body)
}

/** Whether the holder of a certificate that is valid now signed exactly these octets. `false` also for a broken packet. */
export async function verifyDocument(
  certificate: Certificate,
  octets: Buffer,
  signaturePacket: Buffer,
  now: number,
): Promise<boolean> {
  const signature = readSignaturePacket(signaturePacket)
  if (signature?.type !== signatureType.document || !isCurrent(signature, now)) return false
  const { keys } = await standingOf(certificate, now)
  const signer = keys.find(item => signs(item) && claimsIssuer(signature, item.key))
  return signer !== undefined && verifySignature(signature, signer.key, octets)
}

function signs({ flags }: UsableKey): boolean {
  return (flags & keyFlag.sign) !== 0
}

function readSignaturePacket(octets: Buffer): Signature | null {
  try {
    const [packet] = readPackets(octets, oneSignature)
    return packet?.type === packetType.signature ? parseSignature(packet.body) : null
  } catch (error) {
    if (error instanceof PluginError) return null // malformed, which is one way of not being signed
    throw error
  }
}
