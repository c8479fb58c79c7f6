// Keeps this server listening to the contexts that the overlay chooses, with fresh link keys and routes (PROTO s7.3).
import type { Federation, Peer } from '../pki/index.js'
import type {
  Cancel,
  Carrier,
  Clock,
  ContextAddress,
  Counters,
  Domain,
  Log,
  Random,
  Trace,
} from '../ports.js'
import { epochOf } from './epoch.js'
import type { Flood, HeardContext } from './flood.js'
import { askContexts, askJoin } from './membership.js'
import { watchHearing, type Hearing } from './hearing.js'
import { createOverlay, mostContexts } from './overlay.js'
import type { ContextRoute, Routes } from './routes.js'

export interface SubscriptionOptions {
  readonly federation: Federation
  readonly carrier: Carrier
  readonly routes: Routes
  readonly hear: Hear
  readonly group: string
  readonly clock: Clock
  readonly random: Random
  readonly counters: Counters
  readonly trace: Trace
  readonly log: Log
}

export interface Subscriptions {
  /** Peers that can be hops now: all but those who are listened to and not heard. */
  reachable(): readonly Domain[]
  stop: Cancel
}

type Hear = Flood['hear']

interface Subscription {
  context: HeardContext
  readonly cancel: Cancel
}

// Keys change daily and are handed out a day ahead; asking several times a day keeps every member supplied.
const refreshEvery = 4 * 3_600_000
const retryAfter = 5_000

/** Starts listening; asks each peer when it becomes ready, when it says that its members changed, and every few hours. */
export function startSubscriptions(options: SubscriptionOptions): Subscriptions {
  const { federation, clock, random } = options
  const subscriptions = new Map<ContextAddress, Subscription>()
  const overlay = createOverlay(federation, options.group, clock, random)
  const hearing = watchHearing(options)
  const hear: Hear = (context, frame) => {
    hearing.heard(context.speaker)
    options.hear(context, frame)
  }
  const pending = new Map<string, Cancel>()
  let stopped = false

  const soon = (peer: Peer, delay: number): void => {
    if (stopped) return
    pending.get(peer.domain)?.()
    pending.set(
      peer.domain,
      clock.after(delay, () => void refresh(peer)),
    )
  }
  const refresh = async (peer: Peer): Promise<void> => {
    try {
      if (overlay(peer)) await subscribe({ ...options, hear }, subscriptions, peer)
      else leave(subscriptions, hearing, peer)
      soon(peer, refreshEvery / 2 + random.below(refreshEvery))
    } catch (error) {
      options.counters.count('contexts not joined')
      options.log.warn(
        { err: error, peer: peer.domain },
        'The contexts of a peer could not be joined; trying again.',
      )
      soon(peer, retryAfter + random.below(retryAfter))
    }
  }
  federation.onReady(peer => {
    soon(peer, 0)
    // In a large group a new member moves others out of the overlay.
    if (federation.peers().length > mostContexts)
      for (const other of federation.peers()) soon(other, retryAfter)
  })
  federation.onTold('members', peer => {
    soon(peer, 200 + random.below(300))
  })

  return {
    reachable() {
      const peers = federation.peers().filter(peer => !overlay(peer) || hearing.isHeard(peer.domain))
      return peers.map(({ domain }) => domain)
    },
    stop() {
      stopped = true
      hearing.stop()
      for (const cancel of pending.values()) cancel()
      for (const { cancel } of subscriptions.values()) cancel()
    },
  }
}

async function subscribe(
  options: SubscriptionOptions,
  subscriptions: Map<ContextAddress, Subscription>,
  peer: Peer,
): Promise<void> {
  const listed = await askContexts(options.federation, peer)
  for (const { address } of listed.filter(({ group }) => group === options.group)) {
    await join(options, subscriptions, peer, address)
  }
}

async function join(
  options: SubscriptionOptions,
  subscriptions: Map<ContextAddress, Subscription>,
  peer: Peer,
  address: ContextAddress,
): Promise<void> {
  const { carrier, federation, clock } = options
  const membership = await askJoin(federation, peer, address, carrier.listener)
  const existing = subscriptions.get(address)
  if (existing && existing.context.speaker !== peer.domain) {
    options.counters.count('contexts of others claimed')
    return
  }
  const today = epochOf(clock.now())
  learnRoutes(options, membership.routes, today)
  // Today's key first: it opens nearly every cell.
  const links = [...membership.links].sort((a, b) => Math.abs(a.epoch - today) - Math.abs(b.epoch - today))
  const context = {
    address,
    speaker: peer.domain,
    group: options.group,
    links: links.map(({ link }) => link),
  }
  if (existing) existing.context = context
  else listen(options, subscriptions, context)
}

// A key of a day that is far off would stay for ever.
function learnRoutes(
  { routes, federation }: SubscriptionOptions,
  told: readonly ContextRoute[],
  today: number,
): void {
  routes.forgetBefore(today - 1)
  for (const route of told) {
    if (route.speaker !== federation.self && Math.abs(route.epoch - today) <= 1) routes.learn(route)
  }
}

function listen(
  { carrier, hear }: SubscriptionOptions,
  subscriptions: Map<ContextAddress, Subscription>,
  context: HeardContext,
): void {
  const subscription: Subscription = {
    context,
    cancel: carrier.listen(context.address, frame => {
      hear(subscription.context, frame)
    }),
  }
  subscriptions.set(context.address, subscription)
}

function leave(subscriptions: Map<ContextAddress, Subscription>, hearing: Hearing, peer: Peer): void {
  for (const [address, { context, cancel }] of subscriptions) {
    if (context.speaker !== peer.domain) continue
    cancel()
    subscriptions.delete(address)
  }
  hearing.forget(peer.domain)
}
