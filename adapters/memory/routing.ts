// What the in-process host was told of users' rules.
import type { RoutingLink, RoutingRule, UserAddress } from '../../plugin/ports.js'
import type { MemoryAccounts } from './accounts.js'

/** What a test sees and does. */
export interface MemoryRouting extends RoutingLink {
  rulesOf(user: UserAddress): readonly RoutingRule[]
  /** The plugin has connected, to a host that may have lost what it kept. */
  connected(): void
  /** As a host whose disk was lost. */
  forget(): void
}

export function createMemoryRouting(accounts: MemoryAccounts): MemoryRouting {
  const kept = new Map<UserAddress, readonly RoutingRule[]>()
  const handlers = new Set<() => void>()
  return {
    async setRules(user, rules) {
      if (!accounts.hasModule) return 'unsupported'
      if ((await accounts.exists(user)) === false) return 'unknown'
      kept.set(user, rules)
      return 'kept'
    },
    onConnected(handler) {
      handlers.add(handler)
      return () => void handlers.delete(handler)
    },
    rulesOf: user => kept.get(user) ?? [],
    connected() {
      for (const handle of handlers) handle()
    },
    forget: () => {
      kept.clear()
    },
  }
}
