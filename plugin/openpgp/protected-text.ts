// A short text under a passphrase, as an OpenPGP message that gpg opens as well (RFC 9580 s5.3, s10.3).
import { createMessage, decrypt, encrypt, readMessage } from 'openpgp'
import { PluginError } from '../errors.js'
import { ensureOctets } from './message.js'
import { packetType, readLeading } from './packets.js'
import { config } from './protected-key.js'

const longestText = 4096
const iterated = 3

export async function protectText(text: Buffer, passphrase: string): Promise<Buffer> {
  const message = await createMessage({ binary: text, date: new Date(0) })
  return ensureOctets(await encrypt({ message, passwords: passphrase, config, format: 'binary' }))
}

/**
 * @returns `null` for a wrong passphrase
 * @throws PluginError `bad-format` where there is no passphrase to it; nothing slow is done then
 */
export async function unprotectText(octets: Buffer, passphrase: string): Promise<Buffer | null> {
  ensureOpenable(octets)
  try {
    const message = await readMessage({ binaryMessage: octets })
    const limited = { maxDecompressedMessageSize: longestText }
    const opened: { readonly data: unknown } = await decrypt({
      message,
      passwords: passphrase,
      config: limited,
      format: 'binary',
    })
    return ensureOctets(opened.data)
  } catch (error) {
    if (error instanceof Error) return null
    throw error
  }
}

// RFC 9580 s5.3.1, s3.7.1: version 4, cipher, and how the passphrase becomes a key. Other ways may cost gigabytes.
function ensureOpenable(octets: Buffer): void {
  const limits = { octets: longestText, body: 64, packets: 1 }
  const [only] =
    octets.length > longestText ? [] : readLeading(octets, packetType.passphraseSessionKey, limits)
  if (only?.[0] === 4 && only[2] === iterated) return
  throw new PluginError(
    'bad-format',
    'This is no message under a passphrase; bring what "key export" gave, all of it.',
  )
}
