// Transparent mode: users write to contacts at their own addresses, and the host hands those messages over.
import type { Alarm } from '../alarms.js'
import { domainOf, homeOf } from '../addresses.js'
import { PluginError } from '../errors.js'
import type {
  Clock,
  Counters,
  Domain,
  Log,
  RoutingLink,
  RoutingRule,
  RoutingScope,
  RoutingStore,
  UserAddress,
} from '../ports.js'
import type { Sealer } from '../sealer.js'
import { createNamedTurns } from '../turns.js'
import { loadRules, saveRules } from './record.js'
import { changeRules, isRouted } from './rules.js'

export interface TransparentOptions {
  readonly domain: Domain
  readonly routing: RoutingLink
  readonly store: RoutingStore
  readonly sealer: Sealer
  readonly clock: Clock
  readonly counters: Counters
  readonly alarm: Alarm
  readonly log: Log
}

export interface Transparent {
  /** @throws PluginError `command-invalid`, `too-many-requests`, `host-unreachable`; nothing has changed then */
  set(user: UserAddress, scope: RoutingScope, routed: boolean): Promise<void>
  rules(user: UserAddress): Promise<readonly RoutingRule[]>
  /** Takes back all rules of a user. @throws PluginError `host-unreachable`; nothing has changed then */
  forget(user: UserAddress): Promise<void>
  /** Whether the user writes to that contact at the contact's own address, and is shown him under it. */
  isRouted(user: UserAddress, contact: UserAddress): Promise<boolean>
  stop(): void
}

// As many as the hosts' modules take, and as fit into one stanza that every host takes.
const mostRules = 400
const tryAgainAfter = 30_000

/** Begins to tell the host at each connection what users want; the host obeys what it was told before meanwhile. */
export function createTransparent(options: TransparentOptions): Transparent {
  const { domain, routing, clock } = options
  const inTurn = createNamedTurns()
  let cancelRetry = (): void => undefined
  let telling: Promise<void> | null = null
  const tell = (): void => {
    cancelRetry()
    telling ??= tellAll(options, user => inTurn(user, () => give(options, user)))
      .catch((error: unknown) => {
        if (!(error instanceof PluginError))
          options.log.error({ err: error }, 'The host was not told of all rules.')
        cancelRetry = clock.after(tryAgainAfter, tell)
      })
      .finally(() => (telling = null))
  }
  const cancel = routing.onConnected(tell)
  return {
    set: (user, scope, routed) => inTurn(user, () => set(options, user, { scope, routed })),
    rules: user => loadRules(options, user),
    forget: user => inTurn(user, () => forget(options, user)),
    isRouted: async (user, contact) => isRouted(await loadRules(options, user), domain, contact),
    stop() {
      cancel()
      cancelRetry()
    },
  }
}

async function set(options: TransparentOptions, user: UserAddress, wanted: RoutingRule): Promise<void> {
  const { domain, routing } = options
  if (domainOf(user) !== domain)
    throw new PluginError('not-local', 'Only users of this server have rules here.')
  const { scope } = wanted
  if (wanted.routed && (scope === domain || (scope.includes('@') && homeOf(scope as UserAddress) === domain)))
    throw new PluginError(
      'command-invalid',
      'Messages between users of one server do not leave it; there is nothing to route.',
    )
  const before = await loadRules(options, user)
  const after = changeRules(before, wanted)
  if (after.length > mostRules)
    throw new PluginError(
      'too-many-requests',
      'You have too many rules; turn it on for a whole server, or for everyone.',
    )
  // Kept here first: whatever happens now, the host is told again at the next connection.
  await saveRules(options, user, after)
  try {
    ensureKept(await routing.setRules(user, after))
  } catch (error) {
    await saveRules(options, user, before)
    throw error
  }
}

async function forget(options: TransparentOptions, user: UserAddress): Promise<void> {
  if ((await loadRules(options, user)).length === 0) return
  // The host first: who loses his rules here and not there would write to nobody any more.
  await options.routing.setRules(user, [])
  await saveRules(options, user, [])
}

function ensureKept(outcome: 'kept' | 'unsupported' | 'unknown'): void {
  if (outcome === 'kept') return
  if (outcome === 'unknown') throw new PluginError('not-local', 'There is no such account at this server.')
  throw new PluginError(
    'command-invalid',
    'This chat server can not do that: its module for P3DO is missing. Write to your contact as "help" says.',
  )
}

/** What became of telling the host of one user's rules. */
type Told = Awaited<ReturnType<RoutingLink['setRules']>>

async function give(options: TransparentOptions, user: UserAddress): Promise<Told> {
  const rules = await loadRules(options, user)
  const told = rules.length === 0 ? 'kept' : await options.routing.setRules(user, rules)
  // Another person may get the name.
  if (told === 'unknown') await saveRules(options, user, [])
  return told
}

async function tellAll(
  { store, counters, alarm }: TransparentOptions,
  tell: (user: UserAddress) => Promise<Told>,
): Promise<void> {
  for (const user of await store.listRuled()) {
    if ((await tell(user)) !== 'unsupported') continue
    counters.count('host without the module for routed contacts')
    alarm(
      null,
      'The chat server has lost its module for P3DO: what users write to contacts for whom they turned onion routing on leaves it in clear. Install the module again, or stop the chat server until then.',
    )
    return
  }
}
