// What the plugin needs of users' accounts at the host, and keeps of them; part of ports.ts, by which everybody imports it.
import type { Fingerprint, ShownKey, UserAddress } from './ports.js'

/** A key as it is listed on a user's account. */
export type ListedKey = Pick<ShownKey, 'fingerprint' | 'changed'>

/** Accounts of this server's users: whether they exist, and the public keys on them, which all clients find. */
export interface AccountLink {
  /** `null` where the host does not say. */
  exists(user: UserAddress): Promise<boolean | null>
  /** `null` where there is no account, and where the host does not say. */
  markOf(user: UserAddress): Promise<AccountMark | null>
  /** What is listed, at most 16; nothing where it can not be read. */
  listedKeys(user: UserAddress): Promise<readonly ListedKey[]>
  /** A key on the account, raw packets as yet unjudged; `null` where there is none. @throws PluginError `bad-format` for a huge one */
  readKey(user: UserAddress, fingerprint: Fingerprint): Promise<Buffer | null>
  /**
   * Puts a key on the account, and replaces the list by this one.
   * `false`: the host does not let the plugin do that; nothing changed.
   */
  publishKey(user: UserAddress, key: ShownKey, listed: readonly ListedKey[]): Promise<boolean>
}

/** By which an account is told from another one that gets its name when it is gone. Texts of the host's, opaque here. */
export interface AccountMark {
  /** Which marks can be compared: another one when the host itself is another, or lost those that it had given. */
  readonly host: string
  readonly account: string
}

/** The marks of the accounts of which something is kept. */
export interface AccountStore {
  loadMark(user: UserAddress): Promise<AccountMark | null>
  /** `null` forgets it. */
  saveMark(user: UserAddress, mark: AccountMark | null): Promise<void>
}
