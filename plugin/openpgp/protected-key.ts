// A user's own key for another program, and back: armored, its secret half under a passphrase (RFC 9580 s3.7.2.1, s5.5.3).
import { decryptKey, encryptKey, readPrivateKey } from 'openpgp'
import { PluginError } from '../errors.js'
import { parseCertificate } from './certificate.js'
import { certificateLimits, encodePacket, packetType, readPackets } from './packets.js'
import { decodeSecretKey, encodeSecretKey, publicEnd, publicTypes, type SecretKey } from './secret-key.js'

/** Every guess hashes 65,011,712 octets (RFC 9580 s3.7.1.3): the most that there is, and gpg 2.2 reads it. */
export const config = { s2kIterationCountByte: 255, aeadProtect: false }

/** What `gpg --import` takes, with the certifications that the certificate has. */
export async function protectKey(key: SecretKey, passphrase: string): Promise<string> {
  const binaryKey = encodeSecretKey(key)
  try {
    const privateKey = await readPrivateKey({ binaryKey })
    return (await encryptKey({ privateKey, passphrase, config })).armor()
  } finally {
    // Not earlier: the library reads from it until the end.
    binaryKey.fill(0)
  }
}

// Each costs a quarter of a second; a user's key has two or three.
const mostSecrets = 6
const unprotected = 0
const checkedByHash = 254
const iterated = 3

/**
 * The same, without the passphrase, as `decodeSecretKey` reads it; also what gpg exported.
 * @returns `null` for a wrong passphrase
 * @throws PluginError `bad-format` for other algorithms, keys whose secret half is elsewhere, and what is no key: nothing slow
 * is done for those
 */
export async function unprotectKey(octets: Buffer, passphrase: string): Promise<Buffer | null> {
  if (!ensureOpenable(octets)) return encodeSecretKey(decodeSecretKey(octets))
  const opened = await tryDecrypt(octets, passphrase)
  if (!opened) return null
  // What the library writes is read strictly.
  const clear = encodeSecretKey(decodeSecretKey(opened))
  opened.fill(0)
  return clear
}

async function tryDecrypt(octets: Buffer, passphrase: string): Promise<Buffer | null> {
  try {
    const privateKey = await readPrivateKey({ binaryKey: octets })
    return Buffer.from((await decryptKey({ privateKey, passphrase })).write())
  } catch (error) {
    if (error instanceof Error) return null
    throw error
  }
}

/** Whether there is a passphrase. */
function ensureOpenable(octets: Buffer): boolean {
  const packets = readPackets(octets, certificateLimits)
  const open = packets.map(({ type, body }) =>
    encodePacket(publicTypes.get(type) ?? type, publicTypes.has(type) ? publicPart(body) : body),
  )
  parseCertificate(Buffer.concat(open))
  const secrets = packets.filter(({ type }) => publicTypes.has(type))
  const forms = new Set(secrets.map(({ body }) => protectionOf(body)))
  const [form] = forms
  if (packets.some(isPublic) || secrets.length > mostSecrets || forms.size !== 1) throw refused()
  return form === 'passphrase'
}

function isPublic({ type }: { readonly type: number }): boolean {
  return type === packetType.publicKey || type === packetType.publicSubkey
}

function publicPart(body: Buffer): Buffer {
  return body.subarray(0, publicEnd(body) ?? refuse())
}

// Other ways from a passphrase to a key may cost gigabytes; GnuPG's own number says that the secret is on a card.
function protectionOf(body: Buffer): 'none' | 'passphrase' {
  const at = publicEnd(body) ?? refuse()
  if (body[at] === unprotected) return 'none'
  if (body[at] === checkedByHash && body[at + 2] === iterated) return 'passphrase'
  throw refused()
}

function refuse(): never {
  throw refused()
}

function refused(): PluginError {
  return new PluginError(
    'bad-format',
    'This is no secret key that can be taken here: only keys of Curve25519 and Ed25519 with all of their secret parts are, as "key export" gives them.',
  )
}
