// Detached signatures over octets, such as statements and vouchers (RFC 9580 s5.2.1.1, s10.4).
import { PluginError } from '../errors.js'
import type { Certificate } from './certificate.js'
import { encodePacket, packetType, readPackets } from './packets.js'
import { algorithm } from './public-key.js'
import { signerOf, type SecretKey } from './secret-key.js'
import { claimsIssuer, parseSignature, signatureType, type Signature } from './signature.js'
import { isCurrent, makeCompactSignature, verifySignature, type Signer } from './signing.js'
import { keyFlag, standingOf, type UsableKey } from './standing.js'

const oneSignature = { octets: 1024, body: 1024, packets: 1 }

/**
 * Signs octets with a server's signing subkey or a user's primary key. Gives one signature packet, with as little in it
 * as can be, because vouchers travel in every message. `now` is in milliseconds.
 */
export async function signDocument(secretKey: SecretKey, octets: Buffer, now: number): Promise<Buffer> {
  const signer = await documentSigner(secretKey, now)
  return encodePacket(packetType.signature, makeCompactSignature(signer, signatureType.document, octets, now))
}

/** The newest key that is meant for signing. @throws PluginError `internal` where the own certificate has none */
export async function documentSigner(secretKey: SecretKey, now: number): Promise<Signer> {
  const { keys } = await standingOf(secretKey.certificate, now)
  const key = keys.findLast(item => signs(item) && item.key.algorithm === algorithm.eddsaLegacy)
  if (key === undefined) throw new PluginError('internal', 'The own certificate has no key that signs.')
  return signerOf(secretKey, key.key)
}

/** Whether the holder of a certificate that is valid now signed exactly these octets. `false` also for a broken packet. */
export async function verifyDocument(
  certificate: Certificate,
  octets: Buffer,
  signaturePacket: Buffer,
  now: number,
): Promise<boolean> {
  const signature = readSignaturePacket(signaturePacket)
  return signature?.type === signatureType.document && isSigned(certificate, octets, signature, now)
}

/**
 * The same for what users write to each other, whenever it was signed: who signs can write any time, and what a server
 * signed while its clock was ahead cannot be signed anew. How old a message is says its voucher (PROTO s6).
 */
export async function verifyMessage(
  certificate: Certificate,
  octets: Buffer,
  signaturePacket: Buffer,
  now: number,
): Promise<boolean> {
  const signature = readSignaturePacket(signaturePacket)
  if (signature?.type !== signatureType.document || now >= signature.expires * 1000) return false
  return isByKeyOf(certificate, octets, signature, now)
}

/**
 * As `verifyDocument`, for a text of lines that end with LF, where the signature may also be one of text, as people make it with
 * their own programs: that signs each line end as CR LF (RFC 9580 s5.2.1.2).
 */
export async function verifyText(
  certificate: Certificate,
  text: string,
  signaturePacket: Buffer,
  now: number,
): Promise<boolean> {
  const signature = readSignaturePacket(signaturePacket)
  if (signature?.type === signatureType.document)
    return isSigned(certificate, Buffer.from(text), signature, now)
  const canonical = Buffer.from(text.replaceAll('\n', '\r\n'))
  return signature?.type === signatureType.text && isSigned(certificate, canonical, signature, now)
}

async function isSigned(
  certificate: Certificate,
  octets: Buffer,
  signature: Signature,
  now: number,
): Promise<boolean> {
  return isCurrent(signature, now) && isByKeyOf(certificate, octets, signature, now)
}

async function isByKeyOf(
  certificate: Certificate,
  octets: Buffer,
  signature: Signature,
  now: number,
): Promise<boolean> {
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
