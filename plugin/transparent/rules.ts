// Which of a user's rules counts for a contact: the narrowest one. The modules of the hosts judge alike.
import { domainOf, homeOf, parseDomain, parseUserAddress } from '../addresses.js'
import type { Domain, RoutingRule, RoutingScope, UserAddress } from '../ports.js'

/** How a scope is written that is everyone at other servers. */
const everyone = 'everyone'

/** @throws PluginError `bad-format` */
export function parseScope(text: string): RoutingScope {
  if (text.toLowerCase() === everyone) return everyone
  return text.includes('@') ? parseUserAddress(text) : parseDomain(text)
}

/** Whether the user's messages to the contact take the onion. `home` is his own server's domain. */
export function isRouted(rules: readonly RoutingRule[], home: Domain, contact: UserAddress): boolean {
  // Between users of one server there is nobody on the way.
  if (homeOf(contact) === home) return false
  const domain = domainOf(contact)
  const scopes: readonly RoutingScope[] = [contact, domain, everyone]
  const ruled = scopes.map(scope => rules.find(rule => rule.scope === scope)).find(rule => rule !== undefined)
  return ruled?.routed ?? false
}

/** The rules after the user wanted something for a scope. */
export function changeRules(
  rules: readonly RoutingRule[],
  { scope, routed }: RoutingRule,
): readonly RoutingRule[] {
  const others = rules.filter(rule => rule.scope !== scope)
  // An exception only where there is a wider rule; none outlives the last rule that it is from.
  const changed =
    routed || others.some(rule => rule.routed && isWider(rule.scope, scope))
      ? [...others, { scope, routed }]
      : others
  return changed.filter(
    rule => rule.routed || changed.some(other => other.routed && isWider(other.scope, rule.scope)),
  )
}

function isWider(one: RoutingScope, other: RoutingScope): boolean {
  if (one === everyone) return other !== everyone
  return other.includes('@') && !one.includes('@') && domainOf(other as UserAddress) === one
}
