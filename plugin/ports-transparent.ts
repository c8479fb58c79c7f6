// What transparent mode needs from the host and the store; part of ports.ts, by which everybody imports it.
import type { Cancel, Domain, UserAddress } from './ports.js'

/** Whom a rule is about: a contact, all users of a server, or everyone at other servers. */
export type RoutingScope = UserAddress | Domain | 'everyone'

/** What a user wants for the messages that he writes to these, at their own addresses. The narrowest scope counts. */
export interface RoutingRule {
  readonly scope: RoutingScope
  /** `false`: an exception from a wider rule. */
  readonly routed: boolean
}

/** The part of the host that hands messages to contacts' own addresses to the plugin, and nobody else. */
export interface RoutingLink {
  /**
   * Replaces all rules of a user at the host, which keeps them on its disk and obeys them without the plugin: it hands over what he
   * writes to those contacts, and refuses it while the plugin is away.
   * `unsupported`: this host has no module for that; nothing changed. `unknown`: there is no such account.
   * @throws PluginError `host-unreachable`
   */
  setRules(user: UserAddress, rules: readonly RoutingRule[]): Promise<'kept' | 'unsupported' | 'unknown'>
  /** Calls at each connection to the host, which may have lost what it kept. */
  onConnected(handler: () => void): Cancel
}

/** Users' rules, sealed before they come here: they tell who writes to whom. */
export interface RoutingStore {
  loadRules(user: UserAddress): Promise<Buffer | null>
  /** `null` forgets them. */
  saveRules(user: UserAddress, sealed: Buffer | null): Promise<void>
  /** Users who have rules. */
  listRuled(): Promise<UserAddress[]>
}
