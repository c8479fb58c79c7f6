// All that is kept of a user, taken away at his wish; what must stay known to others is that his key is no longer valid.
import { PluginError } from '../errors.js'
import { revokeKey } from '../openpgp/index.js'
import type { Directory } from '../pki/index.js'
import type { Clock, HostedKeyStore, RingStore, RouteStore, UserAddress } from '../ports.js'
import type { Publication } from './publication.js'
import type { Pseudonyms } from './pseudonyms.js'
import type { LocalUsers } from './users.js'

export interface ErasureOptions {
  readonly locals: Pick<LocalUsers, 'find' | 'forget'>
  readonly directory: Pick<Directory, 'amend' | 'revokeUser'>
  readonly publication: Pick<Publication, 'publish'>
  readonly pseudonyms: Pick<Pseudonyms, 'dropAll'>
  readonly store: HostedKeyStore & RouteStore & RingStore
  readonly clock: Clock
}

/**
 * Drops the user's pseudonyms, ends his key for everybody and takes it off his account, then forgets key, mailbox key and routes. In this order
 * a crash in between leaves something that is erased the next time.
 */
export type Erase = (user: UserAddress) => Promise<void>

export function createErasure(options: ErasureOptions): Erase {
  const { locals, directory, publication, pseudonyms, store, clock } = options
  return async user => {
    const [local, entry] = [await locals.find(user), await store.find('user', user)]
    if (!local && !entry) throw new PluginError('recipient-unknown', 'Nothing is kept of you here.')
    await pseudonyms.dropAll(user)
    if (local?.key && entry) await directory.amend(entry, revokeKey(local.key, clock.now()).octets)
    await directory.revokeUser(user)
    await publication.publish(user)
    await store.removeRoutes(user)
    await locals.forget(user)
  }
}
