// A stream under a passphrase, in the format of age (C2SP "age-encryption.org/v1"; scrypt), which `age -d` opens as well.
import type { ReadableStream } from 'node:stream/web'
import { Decrypter, Encrypter } from 'age-encryption'
import { broken } from './errors.js'

/**
 * Under a passphrase.
 * @param workFactor binary logarithm of scrypt's N: 18 takes 256 MiB and a second or more for each guess
 */
export async function encrypted(
  plain: ReadableStream<Uint8Array>,
  passphrase: string,
  workFactor: number,
): Promise<ReadableStream<Uint8Array>> {
  const encrypter = new Encrypter()
  encrypter.setPassphrase(passphrase)
  encrypter.setScryptWorkFactor(workFactor)
  return encrypter.encrypt(plain)
}

/**
 * The plain octets, authenticated chunk by chunk; the end of the stream says whether it is whole.
 * @throws PluginError `backup-invalid` for another passphrase and for what is no such file
 */
export async function decrypted(
  sealed: ReadableStream<Uint8Array>,
  passphrase: string,
): Promise<ReadableStream<Uint8Array>> {
  const decrypter = new Decrypter()
  decrypter.addPassphrase(passphrase)
  try {
    return await decrypter.decrypt(sealed)
  } catch (cause) {
    const isPassphrase = cause instanceof Error && cause.message.startsWith('no identity matched')
    throw broken(
      isPassphrase ? 'does not open with this passphrase' : 'is no file of p3do backup, or it is damaged',
      cause,
    )
  }
}
