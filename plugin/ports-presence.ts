// What contacts' presence needs from the host and the store; part of ports.ts, by which everybody imports it.
import type { Cancel, ListedAddress, UserAddress } from './ports.js'

/** The contact lists of local users, as far as addresses of the plugin are in them. */
export interface PresenceLink {
  /** Sets who is told that a user has an address in his list, at each of his logins too, and that he took it out. */
  onListed(handler: (user: UserAddress, address: ListedAddress, isListed: boolean) => void): void
  /** The pseudonym in whose talk an address stands for a contact; `null` in the account's own. */
  pseudonymAt(address: ListedAddress): UserAddress | null
  /** Shows a user that whoever stands behind an address is there. `false`: the host takes nothing more now. */
  show(user: UserAddress, address: ListedAddress): boolean
  /**
   * Takes an address out of a user's list, as far as the host lets the plugin; whoever stands behind it is away from now on. `false`: it
   * stands there until he takes it out himself.
   * @throws PluginError `host-unreachable`
   */
  takeOut(user: UserAddress, address: ListedAddress): Promise<boolean>
  /** Calls at each connection to the host, which may have told users meanwhile that nobody is there. */
  onConnected(handler: () => void): Cancel
}

/** What users have in their lists, sealed before it comes here: it tells who writes to whom. */
export interface PresenceStore {
  loadListed(user: UserAddress): Promise<Buffer | null>
  /** `null` forgets it. */
  saveListed(user: UserAddress, sealed: Buffer | null): Promise<void>
  /** Users who have something in their lists. */
  listListing(): Promise<UserAddress[]>
}
