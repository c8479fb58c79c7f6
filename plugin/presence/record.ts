// What a user has in his contact list, as it lies in the store: sealed, since it says to whom he writes.
import * as v from 'valibot'
import type { ListedAddress, PresenceStore, UserAddress } from '../ports.js'
import type { Sealer } from '../sealer.js'

export interface ListedOptions {
  readonly store: PresenceStore
  readonly sealer: Sealer
}

const kept = v.array(
  v.pipe(
    v.string(),
    v.transform(text => text as ListedAddress),
  ),
)

/** None where nothing is kept. @throws PluginError `secret-missing` where the seal does not open it */
export async function loadListed(
  { store, sealer }: ListedOptions,
  user: UserAddress,
): Promise<readonly ListedAddress[]> {
  const sealed = await store.loadListed(user)
  return sealed === null ? [] : v.parse(kept, JSON.parse(sealer.unseal(labelOf(user), sealed).toString()))
}

export async function saveListed(
  { store, sealer }: ListedOptions,
  user: UserAddress,
  addresses: readonly ListedAddress[],
): Promise<void> {
  const text = Buffer.from(JSON.stringify(addresses))
  await store.saveListed(user, addresses.length === 0 ? null : sealer.seal(labelOf(user), text))
}

function labelOf(user: UserAddress): string {
  return `contact list ${user}`
}
