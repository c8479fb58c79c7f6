// End-to-end messages between users: signed inside, encrypted outside (RFC 9580 s10.3; XEP-0373 s3).
import {
  createMessage,
  decrypt,
  encrypt,
  OnePassSignaturePacket,
  readKey,
  readMessage,
  readPrivateKey,
  SignaturePacket,
  type Message,
  type DecryptMessageResult,
} from 'openpgp'
import { PluginError } from '../errors.js'
import type { Certificate } from './certificate.js'
import { documentSigner, verifyMessage } from './document.js'
import { anyone, longestMessage } from './message-recipients.js'
import { encodePacket, packetType } from './packets.js'
import { encodeSecretKey } from './secret-key.js'
import { signatureType } from './signature.js'
import { clockTolerance, makeSignature } from './signing.js'
import { keyFlag, standingOf } from './standing.js'
import type { UserKey } from './user-key.js'

/**
 * Signs octets with a hosted user's key and encrypts them to a recipient, not compressed. SEIPD version 1, unless the
 * recipient's certificate announces version 2. `now` is in milliseconds.
 * @throws PluginError `recipient-untrusted` when the recipient has no key to encrypt to, `message-too-long`
 */
export async function sealMessage(
  octets: Buffer,
  from: UserKey,
  to: Certificate,
  now: number,
): Promise<Buffer> {
  if (octets.length > longestMessage - 1024)
    throw new PluginError(
      'message-too-long',
      `The message has ${String(octets.length)} octets; at most ${String(longestMessage - 1024)} can be sent. Send it in shorter messages.`,
    )
  await ensureEncryptable(to, now)
  const message = await sign(octets, from, now)
  const encryptionKeys = (await readKey({ binaryKey: to.octets })).toPublic()
  const date = new Date(now + clockTolerance)
  return ensureOctets(await encrypt({ message, encryptionKeys, date, format: 'binary' }))
}

/**
 * Opens a message for a hosted user and gives what was signed.
 * @returns `null` when it is not encrypted to this user's key
 * @throws PluginError `bad-format` when it is broken or the sender did not sign it; nothing of the content gets out
 */
export async function openMessage(
  octets: Buffer,
  to: UserKey,
  from: Certificate,
  now: number,
): Promise<Buffer | null> {
  if (octets.length > longestMessage) throw unreadable()
  const opened = await decryptOctets(octets, to)
  if (opened === null) return null
  if (!(await verifyMessage(from, opened.data, opened.signature, now))) throw unreadable()
  return opened.data
}

/** What a message holds that one key signed; nobody has checked the signature. */
export interface SignedContent {
  readonly data: Buffer
  /** One OpenPGP signature packet. */
  readonly signature: Buffer
}

/**
 * Opens a message whoever signed it.
 * @returns `null` when it is not encrypted to this key
 * @throws PluginError `bad-format` when it is broken, or signed by nobody or by several
 */
export async function openUnverified(octets: Buffer, to: UserKey): Promise<SignedContent | null> {
  if (octets.length > longestMessage) throw unreadable()
  return decryptOctets(octets, to)
}

// RFC 9580 s5.4: version 3, kind, hash, algorithm, key ID, and that no other signature follows inside.
async function sign(octets: Buffer, from: UserKey, now: number): Promise<Message<Uint8Array>> {
  const signer = await documentSigner(from, now)
  const body = makeSignature(signer, signatureType.document, octets, now)
  const [, type = 0, number = 0, hash = 0] = body
  const onePass = new OnePassSignaturePacket()
  onePass.read(
    Buffer.concat([Buffer.of(3, type, hash, number), Buffer.from(signer.key.keyId, 'hex'), Buffer.of(1)]),
  )
  const signature = new SignaturePacket()
  signature.read(body)
  const message = await createMessage({ binary: octets, date: new Date(0) })
  message.packets.unshift(onePass)
  message.packets.push(signature)
  return message
}

/** @throws PluginError `recipient-untrusted` where a certificate has no key to encrypt to now */
export async function ensureEncryptable(to: Certificate, now: number): Promise<void> {
  const { keys } = await standingOf(to, now)
  if (keys.some(({ flags }) => (flags & keyFlag.encrypt) !== 0)) return
  throw new PluginError(
    'recipient-untrusted',
    "The recipient's key cannot be used now; it is revoked or has ended.",
  )
}

interface Opened {
  readonly data: unknown
  readonly signatures: DecryptMessageResult['signatures']
}

// The library's errors say at which step a message broke; all of them become one, so that nobody learns from it.
async function decryptOctets(octets: Buffer, to: UserKey): Promise<SignedContent | null> {
  try {
    const message = await readMessage({ binaryMessage: octets })
    if (!isFor(to.certificate, message.getEncryptionKeyIDs())) return null
    const decryptionKeys = await readPrivateKey({ binaryKey: encodeSecretKey(to) })
    const limited = { maxDecompressedMessageSize: longestMessage }
    const opened: Opened = await decrypt({ message, decryptionKeys, format: 'binary', config: limited })
    const [found] = opened.signatures.length === 1 ? opened.signatures : []
    const [packet] = found === undefined ? [] : (await found.signature).packets
    if (packet === undefined) throw unreadable()
    return {
      data: ensureOctets(opened.data),
      signature: encodePacket(packetType.signature, Buffer.from(packet.write())),
    }
  } catch (error) {
    if (error instanceof Error) throw unreadable()
    throw error
  }
}

/** The library says stream or octets, and gives what it was given. */
export function ensureOctets(data: unknown): Buffer {
  if (!(data instanceof Uint8Array)) throw unreadable()
  return Buffer.from(data)
}

function isFor({ subkeys }: Certificate, keyIds: readonly { toHex(): string }[]): boolean {
  const named = keyIds.map(keyId => keyId.toHex())
  return named.includes(anyone) || subkeys.some(({ key }) => named.includes(key.keyId))
}

function unreadable(): PluginError {
  return new PluginError('bad-format', 'A message is broken, or the one who should have signed it did not.')
}
