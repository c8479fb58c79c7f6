// The end of all that is kept of an account, in every feature: at its user's wish, or because another account has its name.
import type { Delivery } from './delivery/index.js'
import { PluginError } from './errors.js'
import type { Correspondents } from './gateway/index.js'
import type { People } from './identity/index.js'
import type { AccountStore, UserAddress } from './ports.js'
import type { Presence } from './presence/index.js'
import type { Transparent } from './transparent/index.js'
import type { Visits } from './visits/index.js'
import type { X509 } from './x509/index.js'

export interface EraseParts extends Pick<People, 'erase' | 'pseudonyms'> {
  readonly transparent: Pick<Transparent, 'forget'>
  readonly presence: Pick<Presence, 'forget'>
  readonly x509: Pick<X509, 'revokeUser'>
  readonly correspondents: Pick<Correspondents, 'forget'>
  readonly store: AccountStore
}

/**
 * Forgets all of a user.
 * @returns how many contacts of his pseudonyms stay in his contact list, because the host lets nobody else take them out
 * @throws PluginError `recipient-unknown` where nothing is kept
 */
export async function eraseAll(parts: EraseParts, user: UserAddress): Promise<number> {
  const { pseudonyms, transparent, presence, x509, erase, correspondents, store } = parts
  // While it is known which contacts in his list are theirs.
  const left = await pseudonyms.dropAll(user)
  await transparent.forget(user)
  await presence.forget(user)
  await x509.revokeUser(user, 'account-gone')
  await erase(user)
  correspondents.forget(user)
  await store.saveMark(user, null)
  return left
}

/** Forgets all of the account that had a user's name before: nothing of it is told to whoever has the name now. */
export async function eraseFormer(
  parts: EraseParts & {
    readonly delivery: Pick<Delivery, 'abandon'>
    readonly visits: Pick<Visits, 'end'>
  },
  user: UserAddress,
): Promise<void> {
  await parts.visits.end(user, 'asked')
  await parts.delivery.abandon(user)
  await eraseAll(parts, user).catch((error: unknown) => {
    if (error instanceof PluginError && error.code === 'recipient-unknown') return
    throw error
  })
}
