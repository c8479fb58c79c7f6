// A user's own key for another program: armored, its secret half under a passphrase (RFC 9580 s3.7.2.1, s5.5.3).
import { encryptKey, readPrivateKey } from 'openpgp'
import { encodeSecretKey, type SecretKey } from './secret-key.js'

/** Every guess hashes 65,011,712 octets (RFC 9580 s3.7.1.3): the most that there is, and gpg 2.2 reads it. */
const config = { s2kIterationCountByte: 255, aeadProtect: false }

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
