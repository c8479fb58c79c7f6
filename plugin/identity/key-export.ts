// A hosted user's key for a program of his own; whose client has the key gets the mailbox key, the one that is kept here.
import { PluginError } from '../errors.js'
import { armorMessage, encodeSecretKey, type UserKey } from '../openpgp/index.js'
import { newPassphrase } from '../passphrase.js'
import type { Directory } from '../pki/index.js'
import type { Random, UserAddress } from '../ports.js'
import type { Work } from '../work.js'
import { encodeMailboxText } from './mailbox-copy.js'
import type { LocalUser } from './record.js'
import type { LocalUsers } from './users.js'

export interface KeyExportOptions {
  readonly locals: Pick<LocalUsers, 'enrolled'>
  readonly directory: Pick<Directory, 'known'>
  readonly work: Work
  readonly random: Random
}

export interface ExportedKey {
  /** The user's own key, or in custody `client` the mailbox key alone. */
  readonly what: 'key' | 'mailbox'
  /** Armored; the secret in it is under the passphrase. */
  readonly armored: string
  /** The one that was made; `null` where the user chose his own. */
  readonly made: string | null
}

/**
 * @param chosen the user's own passphrase
 * @throws PluginError `command-invalid` for a passphrase that is too short
 */
export type KeyExport = (user: UserAddress, chosen: string | null) => Promise<ExportedKey>

const shortest = 12

export function createKeyExport(options: KeyExportOptions): KeyExport {
  return async (user, chosen) => {
    const local = await options.locals.enrolled(user)
    if (chosen !== null && chosen.length < shortest)
      throw new PluginError(
        'command-invalid',
        `A passphrase has ${String(shortest)} characters or more; or leave it out, and one is made.`,
      )
    const passphrase = chosen ?? newPassphrase(options.random)
    const made = chosen === null ? passphrase : null
    return local.key
      ? { what: 'key', armored: await exportOwn(options, user, local.key, passphrase), made }
      : { what: 'mailbox', armored: await exportMailbox(options, local, passphrase), made }
  }
}

async function exportOwn(
  { directory, work }: KeyExportOptions,
  user: UserAddress,
  key: UserKey,
  passphrase: string,
): Promise<string> {
  const known = await directory.known(user)
  const isSame = known?.certificate.fingerprint === key.certificate.fingerprint
  const octets = encodeSecretKey(isSame ? { ...key, certificate: known.certificate } : key)
  const armored = await work.run('protectKey', octets, passphrase)
  octets.fill(0)
  return armored
}

async function exportMailbox(
  { work }: KeyExportOptions,
  { mailbox }: LocalUser,
  passphrase: string,
): Promise<string> {
  const text = Buffer.from(encodeMailboxText(mailbox))
  const message = await work.run('protectText', text, passphrase)
  text.fill(0)
  return armorMessage(message)
}
