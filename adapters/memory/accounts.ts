// Accounts of the in-process host, with the keys that clients put on them.
import type { AccountLink, Fingerprint, ListedKey, ShownKey, UserAddress } from '../../plugin/ports.js'

/** What a test does as a user's client or as the host's admin. */
export interface MemoryAccounts extends AccountLink {
  /** What the host can do for the plugin; everything at first. `false`: as a host without its module. */
  hasModule: boolean
  /** By which the host knows its own marks again. */
  host: string
  /** A user's own client puts a key on the account and lists it alone. */
  put(user: UserAddress, key: ShownKey): void
  remove(user: UserAddress): void
  /** Whether the host is wrong, and says that there is no account of that name. */
  deny(user: UserAddress, isDenied: boolean): void
  /** A new account of that name, with nothing on it. */
  restore(user: UserAddress): void
}

interface Account {
  readonly mark: string
  listed: readonly ListedKey[]
  readonly keys: Map<Fingerprint, Buffer>
}

/** Everybody has an account until it is removed. */
export function createMemoryAccounts(): MemoryAccounts {
  const accounts = new Map<UserAddress, Account | null>()
  let made = 0
  const denied = new Set<UserAddress>()
  const accountOf = (user: UserAddress): Account | null => {
    const known = denied.has(user) ? null : accounts.get(user)
    if (known !== undefined) return known
    const account: Account = { mark: String(made++), listed: [], keys: new Map() }
    accounts.set(user, account)
    return account
  }
  const put = (user: UserAddress, key: ShownKey, listed: readonly ListedKey[]): void => {
    const account = accountOf(user)
    account?.keys.set(key.fingerprint, key.certificate)
    if (account) account.listed = listed
  }
  const link: MemoryAccounts = {
    hasModule: true,
    host: 'host',
    exists: user => Promise.resolve(link.hasModule ? accountOf(user) !== null : null),
    markOf(user) {
      const account = link.hasModule ? accountOf(user) : null
      return Promise.resolve(account && { host: link.host, account: account.mark })
    },
    listedKeys: user => Promise.resolve(accountOf(user)?.listed ?? []),
    readKey: (user, fingerprint) => Promise.resolve(accountOf(user)?.keys.get(fingerprint) ?? null),
    publishKey(user, key, listed) {
      if (link.hasModule) put(user, key, listed)
      return Promise.resolve(link.hasModule)
    },
    put: (user, key) => {
      put(user, key, [key])
    },
    remove: user => void accounts.set(user, null),
    deny(user, isDenied) {
      if (isDenied) denied.add(user)
      else denied.delete(user)
    },
    restore: user => void accounts.delete(user),
  }
  return link
}
