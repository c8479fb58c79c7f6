// A hosted user's key for a program of his own.
import { PluginError } from '../errors.js'
import { encodeSecretKey } from '../openpgp/index.js'
import { newPassphrase } from '../passphrase.js'
import type { Directory } from '../pki/index.js'
import type { Random, UserAddress } from '../ports.js'
import type { Work } from '../work.js'
import type { LocalUsers } from './users.js'

export interface KeyExportOptions {
  readonly locals: Pick<LocalUsers, 'enrolled'>
  readonly directory: Pick<Directory, 'known'>
  readonly work: Work
  readonly random: Random
}

export interface ExportedKey {
  /** Armored, its secret half under the passphrase. */
  readonly armored: string
  /** The one that was made; `null` where the user chose his own. */
  readonly made: string | null
}

/**
 * @param chosen the user's own passphrase
 * @throws PluginError `custody-wrong` where the client has the key, `command-invalid` for a passphrase that is too short
 */
export type KeyExport = (user: UserAddress, chosen: string | null) => Promise<ExportedKey>

const shortest = 12

export function createKeyExport({ locals, directory, work, random }: KeyExportOptions): KeyExport {
  return async (user, chosen) => {
    const { key } = await locals.enrolled(user)
    if (!key)
      throw new PluginError('custody-wrong', 'Your client holds your key, and this server never had it.')
    if (chosen !== null && chosen.length < shortest)
      throw new PluginError(
        'command-invalid',
        `A passphrase has ${String(shortest)} characters or more; or leave it out, and one is made.`,
      )
    const known = await directory.known(user)
    const isSame = known?.certificate.fingerprint === key.certificate.fingerprint
    const octets = encodeSecretKey(isSame ? { ...key, certificate: known.certificate } : key)
    const passphrase = chosen ?? newPassphrase(random)
    const armored = await work.run('protectKey', octets, passphrase)
    octets.fill(0)
    return { armored, made: chosen === null ? passphrase : null }
  }
}
