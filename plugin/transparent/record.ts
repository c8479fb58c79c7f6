// A user's rules as they lie in the store: sealed, since they say to whom he writes.
import * as v from 'valibot'
import type { RoutingRule, RoutingStore, UserAddress } from '../ports.js'
import type { Sealer } from '../sealer.js'
import { parseScope } from './rules.js'

export interface RulesOptions {
  readonly store: RoutingStore
  readonly sealer: Sealer
}

const kept = v.array(
  v.strictObject({ scope: v.pipe(v.string(), v.transform(parseScope)), routed: v.boolean() }),
)

/** None where nothing is kept. @throws PluginError `secret-missing` where the seal does not open it */
export async function loadRules(
  { store, sealer }: RulesOptions,
  user: UserAddress,
): Promise<readonly RoutingRule[]> {
  const sealed = await store.loadRules(user)
  if (sealed === null) return []
  return v.parse(kept, JSON.parse(sealer.unseal(labelOf(user), sealed).toString()))
}

export async function saveRules(
  { store, sealer }: RulesOptions,
  user: UserAddress,
  rules: readonly RoutingRule[],
): Promise<void> {
  const text = Buffer.from(JSON.stringify(rules))
  await store.saveRules(user, rules.length === 0 ? null : sealer.seal(labelOf(user), text))
}

function labelOf(user: UserAddress): string {
  return `routing rules ${user}`
}
