// Multicast onion routing of one server: own contexts, what is heard from others', and messages that begin here.
import type { Alarm } from '../alarms.js'
import type { UnwrappingKey } from '../openpgp/index.js'
import { PluginError } from '../errors.js'
import type { Federation, Peer } from '../pki/index.js'
import type {
  Cancel,
  Carrier,
  Clock,
  Counters,
  Domain,
  Fingerprint,
  Log,
  Random,
  Store,
  Trace,
} from '../ports.js'
import { every } from '../repeat.js'
import type { Sealer } from '../sealer.js'
import { findAway } from './away.js'
import type { Contents } from './contents.js'
import { createFlood } from './flood.js'
import { createGroups, type Groups } from './groups.js'
import { serveMembership } from './membership.js'
import { buildOnion, longestRoute, type Hop } from './onion.js'
import { openOwnContext, type OwnContext, type Pace } from './own-context.js'
import { lendTo, tellAdmitted, type LentContext, type Lending } from './lent.js'
import { createTaggedKeys, trialKeys, type TaggedKeyTable } from './owners.js'
import { createOutward, type Outward } from './outward.js'
import { createPeel, type Deliver } from './peel.js'
import { createRoutes, type Routes } from './routes.js'
import { openSeen } from './seen.js'
import { here } from './speaker.js'
import type { ConductState } from './conduct.js'
import { startSubscriptions, type HeardState } from './subscriptions.js'

export interface MorOptions {
  /** Groups in which this server speaks and listens. */
  readonly groups: readonly string[]
  /** How many own contexts are opened in each. */
  readonly contexts: number
  readonly extraHops: number
  readonly pace: Pace
  /** Routing keys of this server that may still be used, with the time after which each is gone. */
  readonly routingKeys: () => readonly { readonly key: UnwrappingKey; readonly expires: number }[]
  readonly federation: Federation
  readonly carrier: Carrier
  readonly store: Store
  readonly sealer: Sealer
  readonly deliver: Deliver
  readonly looped: (id: Buffer) => void
  readonly alarm: Alarm
  readonly clock: Clock
  readonly random: Random
  readonly counters: Counters
  readonly trace: Trace
  readonly log: Log
}

export interface Mor {
  /** Sends contents along a route on the speakers' clock. @throws PluginError `message-too-long` */
  send(route: readonly Hop[], contents: Contents): void
  /**
   * Opens onions that carry this tag with this key, until cancelled, which is before `expires` (milliseconds). Of very
   * many keys the oldest are given up.
   */
  expect(tag: Buffer, key: UnwrappingKey, expires: number): Cancel
  /** Onions that began here and wait for their turn in the own context where most do. */
  waiting(): number
  /** Whether a route of that first server and length can be sent on. @throws PluginError `route-invalid` */
  ensureLength(first: Fingerprint, length: number): void
  /** Own ones that speak now. */
  readonly contexts: readonly OwnContext[]
  /** Makes a context of a room that the host holds; it does not speak yet. */
  lend(room: Lending): Promise<LentContext>
  /** Contexts of others that are listened to. */
  heard(): readonly HeardState[]
  /** How a peer behaves as a speaker. */
  conduct(peer: Domain): ConductState
  /** Peers that can be hops now; none while this server speaks nowhere. */
  reachable(): readonly Domain[]
  /** Calls whenever a peer is heard that was not: more routes may lead somewhere now. */
  onHeard(handler: () => void): void
  stop(): Promise<void>
}

// Keys are for a day and made a day ahead; looking every hour needs no alarm clock.
const renewEvery = 3_600_000
// Peers ask within seconds after a start; one that could not be reached until then asks when it can.
const askedBy = 120_000
const taggedKeyLimit = 100_000

/** Opens the own contexts and begins to listen. @throws PluginError `context-refused` */
export async function startMor(options: MorOptions): Promise<Mor> {
  const { federation, clock, random } = options
  const seen = await openSeen(options.store, clock, options.counters, random)
  const contexts = await openContexts(options)
  const own = (): readonly OwnContext[] => contexts.filter(({ speaking }) => speaking)
  const taggedKeys = createTaggedKeys(taggedKeyLimit)
  const flood = createFlood({
    ...options,
    seen,
    own,
    peel: (onion, bringer) => {
      peel(onion, bringer)
    },
    isAwaited: tag => taggedKeys.find(tag) !== null,
  })
  const groups = createGroups(federation, options.groups, clock, random)
  const routes = createRoutes()
  const outward = createOutward({
    ...options,
    self: () => federation.self,
    routes,
    own,
    sharedGroups: groups.shared,
    away: await findAway(federation, options.store, peer => subscriptions.isReachable(peer)),
    originate: flood.originate,
  })
  const peel = createPeel({
    ...options,
    ...options.pace,
    trialKeys: () => trialKeys(options.routingKeys(), own(), clock.now()),
    taggedKeys,
    own,
    originate: flood.originate,
    outward,
  })
  const cancelRenewal = keepContexts(options, contexts, own, routes)
  const subscriptions = startSubscriptions({ ...options, groups, own, routes, hear: flood.hear })
  const reachable = (): Peer[] => federation.peers().filter(subscriptions.isReachable)

  return {
    get contexts() {
      return own()
    },
    lend: lendTo({ ...options, contexts }),
    heard: subscriptions.state,
    conduct: subscriptions.conduct,
    reachable: () => (own().length === 0 ? [] : reachable().map(({ domain }) => domain)),
    onHeard: subscriptions.onHeard,
    send: createSend(groups, outward, random),
    waiting: () => mostWaiting(own()),
    expect: createExpect(taggedKeys),
    ensureLength: (first, length) => void roomFor(groups, first, length),
    async stop() {
      cancelRenewal()
      subscriptions.stop()
      for (const context of contexts) context.stop()
      await seen.stop()
    },
  }
}

// A room whose owner wants it slow holds nobody up where there are other contexts.
function mostWaiting(own: readonly OwnContext[]): number {
  const unlent = own.filter(({ lent }) => !lent)
  const counting = unlent.length > 0 ? unlent : own
  return Math.max(0, ...counting.map(({ speaker }) => speaker.own))
}

// A first hop of another group is reached under an extra hop only.
function roomFor(groups: Groups, first: Fingerprint, length: number): number {
  const room = groups.shared(first).length > 0 ? 0 : 1
  if (length + room <= longestRoute) return room
  throw new PluginError(
    'route-invalid',
    'The first server is of another group; then a route has three servers at most.',
  )
}

function createExpect(keys: TaggedKeyTable): Mor['expect'] {
  return (tag, key, expires) => {
    keys.register(tag, { owner: { kind: 'tag' }, key, expires })
    return () => {
      keys.forget(tag)
    }
  }
}

function createSend(groups: Groups, outward: Outward, random: Random): Mor['send'] {
  return (route, contents) => {
    const [first] = route
    if (!first) throw new RangeError('A route has two hops or more.')
    const room = roomFor(groups, first.server, route.length)
    outward(buildOnion(route, contents, random, room), first.server, 0, here)
  }
}

async function openContexts(options: MorOptions): Promise<OwnContext[]> {
  const opened: OwnContext[] = []
  for (const context of await contextsToOpen(options))
    opened.push(await openOwnContext({ ...options, ...context }))
  return opened
}

// A context's name is random and stays: it says nothing, and after a restart the same room is taken up again.
async function contextsToOpen({
  store,
  groups,
  contexts,
  random,
}: MorOptions): Promise<{ name: string; group: string }[]> {
  const lent = new Set((await store.loadRooms()).map(({ room }): string => room))
  const stored = (await store.loadContexts()).filter(({ name }) => !lent.has(name))
  return groups.flatMap(group => {
    const known = stored.filter(context => context.group === group).map(({ name }) => name)
    const names = Array.from({ length: contexts }, (_, at) => known[at] ?? random.octets(8).toString('hex'))
    return names.map(name => ({ name, group }))
  })
}

// Their members come and go with the peers, and their keys with the days.
function keepContexts(
  options: MorOptions,
  contexts: readonly OwnContext[],
  own: () => readonly OwnContext[],
  routes: Routes,
): Cancel {
  const { federation, clock } = options
  serveMembership(federation, own, routes, clock, context => {
    tellAdmitted(federation, context)
  })
  // After a restart nobody is known as a member until the peers ask again.
  federation.onReady(peer => {
    federation.tell('members', [peer])
  })
  federation.onGone(({ domain, fingerprint }) => {
    void expelFrom(options, contexts, domain, fingerprint)
  })
  return renewRegularly(options, contexts)
}

// Each room is another request to the host; one that fails keeps no other from being closed to the server.
async function expelFrom(
  { log, federation }: MorOptions,
  contexts: readonly OwnContext[],
  peer: Domain,
  server: Fingerprint,
): Promise<void> {
  for (const context of contexts) {
    await context.expel(server).catch((error: unknown) => {
      log.warn(
        { err: error, peer },
        'The bot of a server that is no peer any more could not be thrown out of a room.',
      )
    })
  }
  // Others have its keys of days to come no more.
  federation.tell('members')
}

// The host remembers who was let in, this server does not over a restart: whoever was removed then would listen on.
async function expelOthers({ log }: MorOptions, contexts: readonly OwnContext[]): Promise<void> {
  for (const context of contexts) {
    await context.expelOthers().catch((error: unknown) => {
      log.warn(
        { err: error },
        'Bots of servers that are no peers could not be thrown out of a room; trying again.',
      )
    })
  }
}

function renewRegularly(options: MorOptions, contexts: readonly OwnContext[]): Cancel {
  const { clock, log } = options
  const cancelFirst = clock.after(askedBy, () => void expelOthers(options, contexts))
  const cancelOthers = every(clock, renewEvery, async () => {
    await expelOthers(options, contexts)
    for (const context of contexts) {
      await context.renew().catch((error: unknown) => {
        log.error({ err: error }, 'The keys of a context could not be renewed.')
      })
    }
  })
  return () => {
    cancelFirst()
    cancelOthers()
  }
}
