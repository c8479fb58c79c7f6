// What the plugin keeps for a user, sealed at rest: his mailbox key, and his own key where the plugin has it.
import {
  decodeSecretKey,
  encodeSecretKey,
  secretOctets,
  unwrappingKey,
  type UnwrappingKey,
  type UserKey,
} from '../openpgp/index.js'
import type { HostedKeyStore, UserAddress } from '../ports.js'
import type { Sealer } from '../sealer.js'

export interface LocalUser {
  /** `null` in custody `client`: the user's own client holds the key, and it never was here. */
  readonly key: UserKey | null
  /** The user's own routing key: an onion to it finds him at any server. */
  readonly mailbox: UnwrappingKey
}

export interface RecordOptions {
  readonly store: HostedKeyStore
  readonly sealer: Sealer
}

const mailboxOctets = 64

/** @throws PluginError `secret-missing` where the seal does not open it */
export async function loadRecord(
  { store, sealer }: RecordOptions,
  user: UserAddress,
): Promise<LocalUser | null> {
  const sealed = await store.loadHostedKey(user)
  const octets = sealed && sealer.unseal(labelOf(user), sealed)
  if (!octets) return null
  const mailbox = unwrappingKey(octets.subarray(0, 32), octets.subarray(32, mailboxOctets))
  return {
    key: octets.length > mailboxOctets ? decodeSecretKey(octets.subarray(mailboxOctets)) : null,
    mailbox,
  }
}

/** Replaces what was kept. A key that is left out is gone for good. */
export async function saveRecord(
  { store, sealer }: RecordOptions,
  user: UserAddress,
  { key, mailbox }: LocalUser,
): Promise<void> {
  const secret = key ? encodeSecretKey(key) : Buffer.alloc(0)
  const octets = Buffer.concat([mailbox.octets, secretOctets(mailbox), secret])
  await store.saveHostedKey(user, sealer.seal(labelOf(user), octets))
  for (const clear of [octets, secret]) clear.fill(0)
}

// The user's address in the label: one user's sealed keys do not open as another's.
function labelOf(user: UserAddress): string {
  return `hosted key ${user}`
}
