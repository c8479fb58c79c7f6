// Octets encrypted to a certificate and signed by nobody, for whoever checks them by what they are (RFC 9580 s10.3).
import { createMessage, decrypt, encrypt, readKey, readMessage, readPrivateKey } from 'openpgp'
import { PluginError } from '../errors.js'
import type { Certificate } from './certificate.js'
import { ensureEncryptable, ensureOctets } from './message.js'
import { encodeSecretKey, type SecretKey } from './secret-key.js'
import { clockTolerance } from './signing.js'

const longestCopy = 4096

/** `now` is in milliseconds. @throws PluginError `recipient-untrusted` where the certificate has no key to encrypt to */
export async function sealCopy(octets: Buffer, to: Certificate, now: number): Promise<Buffer> {
  await ensureEncryptable(to, now)
  const encryptionKeys = (await readKey({ binaryKey: to.octets })).toPublic()
  const message = await createMessage({ binary: octets, date: new Date(0) })
  const date = new Date(now + clockTolerance)
  return ensureOctets(await encrypt({ message, encryptionKeys, date, format: 'binary' }))
}

/** @throws PluginError `bad-format` where it is broken, or for another key */
export async function openCopy(octets: Buffer, to: SecretKey): Promise<Buffer> {
  const binaryKey = encodeSecretKey(to)
  try {
    const message = await readMessage({ binaryMessage: octets })
    const decryptionKeys = await readPrivateKey({ binaryKey })
    const config = { maxDecompressedMessageSize: longestCopy }
    const opened: { readonly data: unknown } = await decrypt({
      message,
      decryptionKeys,
      format: 'binary',
      config,
    })
    return ensureOctets(opened.data)
  } catch (cause) {
    throw new PluginError('bad-format', 'An encrypted copy is broken, or for another key.', { cause })
  } finally {
    binaryKey.fill(0)
  }
}
