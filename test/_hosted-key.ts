// The key that the plugin keeps for a user.
import type { UserKey } from '../plugin/openpgp/index.js'

/** For tests of users in custody `hosted`. */
export function hostedKey({ key }: { readonly key: UserKey | null }): UserKey {
  if (!key) throw new Error('The plugin keeps no key for this user.')
  return key
}
