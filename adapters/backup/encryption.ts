// A stream under a passphrase, in the format of age (C2SP "age-encryption.org/v1"; scrypt), which `age -d` opens as well.
import type { ReadableStream } from 'node:stream/web'
import { Decrypter, Encrypter, type Identity } from 'age-encryption'
import { PluginError } from '../../plugin/errors.js'
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
 * @param most work factor that may be spent on it, as in `encrypted`
 * @throws PluginError `backup-invalid` for another passphrase, for one that costs more, and for what is no such file
 */
export async function decrypted(
  sealed: ReadableStream<Uint8Array>,
  passphrase: string,
  most: number,
): Promise<ReadableStream<Uint8Array>> {
  const decrypter = new Decrypter()
  // They are tried in this order.
  decrypter.addIdentity(boundAt(most))
  decrypter.addPassphrase(passphrase)
  try {
    return await decrypter.decrypt(sealed)
  } catch (cause) {
    if (cause instanceof PluginError) throw cause
    const isPassphrase = cause instanceof Error && cause.message.startsWith('no identity matched')
    throw broken(
      isPassphrase ? 'does not open with this passphrase' : 'is no file of p3do backup, or it is damaged',
      cause,
    )
  }
}

// The head of a file is nobody's word yet, and what it asks for is memory: each one more takes twice as much.
function boundAt(most: number): Identity {
  return {
    unwrapFileKey(stanzas) {
      for (const { args } of stanzas)
        if (args[0] === 'scrypt' && !(Number(args[2]) <= most))
          throw broken(
            `asks for more memory than is usual to open it (work factor ${String(Number(args[2]))}); if you made it so, allow it with --work-factor`,
          )
      return null
    },
  }
}
