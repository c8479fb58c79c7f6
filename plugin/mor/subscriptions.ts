// Keeps this server listening to the contexts that the overlay chooses, with fresh link keys and routes (PROTO s7.3).
import type { Alarm } from '../alarms.js'
import { createAgenda } from '../agenda.js'
import { around } from '../pauses.js'
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
  Voice,
} from '../ports.js'
import { createRateMeter, type RateMeter } from '../rate-meter.js'
import { createConduct, type Conduct, type ConductState, type DeclaredContext } from './conduct.js'
import { epochOf } from './epoch.js'
import type { Flood, HeardContext } from './flood.js'
import type { Groups } from './groups.js'
import { watchHearing, type Hearing } from './hearing.js'
import { askContexts, askJoin, type ListedContext } from './membership.js'
import { judgeVoice, type NamedVoice } from './named-voice.js'
import { mostContexts } from './overlay.js'
import { createRecent, type Recent } from './recent.js'
import type { OwnContext } from './own-context.js'
import type { ContextRoute, Routes } from './routes.js'

export interface SubscriptionOptions {
  readonly federation: Federation
  readonly groups: Groups
  readonly own: () => readonly OwnContext[]
  readonly carrier: Carrier
  readonly routes: Routes
  readonly hear: Flood['hear']
  readonly alarm: Alarm
  readonly clock: Clock
  readonly random: Random
  readonly counters: Counters
  readonly trace: Trace
  readonly log: Log
}

/** A context that is listened to, for whoever asks how things are. */
export interface HeardState {
  readonly context: ContextAddress
  readonly group: string
  readonly peer: Domain
  /** Cells a second that could be opened, over the last minute. */
  readonly cells: number
}

export interface Subscriptions {
  state(): readonly HeardState[]
  conduct(peer: Domain): ConductState
  /** Whether a peer can be a hop now. */
  isReachable(peer: Peer): boolean
  /** See `Hearing`. */
  onHeard: Hearing['onHeard']
  stop: Cancel
}

interface Joined extends HeardContext, DeclaredContext {
  /** Where others may speak as well. */
  readonly voice?: NamedVoice
}

interface Subscription {
  context: Joined
  /** When its speaker was asked last because somebody has its name. */
  asked: number
  /** Onions that it said lately, by name. */
  readonly said: Recent
  readonly rate: RateMeter
  readonly cancel: Cancel
}

interface Listening extends SubscriptionOptions {
  readonly subscriptions: Map<ContextAddress, Subscription>
  readonly hearing: Hearing
  readonly conduct: Conduct
  /** Asks a server anew, soon. */
  readonly askAnew: (server: Domain) => void
}

// Keys change daily and are handed out a day ahead; asking several times a day keeps every member supplied.
const refreshEvery = 4 * 3_600_000
const retryAfter = 5_000
// Members that are told something at once do not all ask at once.
const [leastWait, spread] = [200, 300]
// A speaker says an onion once; half a minute at the fastest clock.
const mostSaid = 1024

/** Starts listening; asks each peer when it becomes ready, when it says that its members changed, and every few hours. */
export function startSubscriptions(options: SubscriptionOptions): Subscriptions {
  const { federation, groups, clock, random } = options
  const listening: Listening = {
    ...options,
    subscriptions: new Map(),
    hearing: watchHearing(options),
    conduct: createConduct(options),
    askAnew: server => {
      federation
        .peers()
        .filter(({ domain }) => domain === server)
        .forEach(planSoon)
    },
  }
  const isPeer = ({ domain }: Peer): boolean => federation.peers().some(peer => peer.domain === domain)
  const refresh = async (peer: Peer): Promise<void> => {
    // What is planned for a peer outlives it.
    if (!isPeer(peer)) return
    try {
      const listed = await askContexts(federation, peer)
      // In a large group a new member moves others out of the overlay.
      const isNew = groups.list(peer, listed)
      if (isNew && groups.peers().length > mostContexts)
        for (const other of groups.peers()) agenda.plan(other, retryAfter)
      await subscribe(listening, peer, listed)
      if (!isPeer(peer)) leave(listening, peer)
      agenda.plan(peer, around(refreshEvery, random))
    } catch (error) {
      options.counters.count('contexts not joined')
      options.log.warn(
        { err: error, peer: peer.domain },
        'The contexts of a peer could not be joined; trying again.',
      )
      agenda.plan(peer, retryAfter + random.below(retryAfter))
    }
  }
  const agenda = createAgenda<Peer>(clock, ({ domain }) => domain, refresh)
  const planSoon = (peer: Peer): void => {
    agenda.plan(peer, leastWait + random.below(spread))
  }
  federation.onReady(peer => {
    agenda.plan(peer, 0)
  })
  federation.onGone(peer => {
    leave(listening, peer)
  })
  federation.onTold('members', planSoon)

  return {
    isReachable: peer => isReachable(listening, peer),
    onHeard: listening.hearing.onHeard,
    conduct: listening.conduct.state,
    state: () => [...listening.subscriptions.values()].map(stateOf),
    stop() {
      agenda.stop()
      listening.hearing.stop()
      listening.conduct.stop()
      for (const { cancel } of listening.subscriptions.values()) cancel()
    },
  }
}

function stateOf({ context: { address, group, speaker }, rate }: Subscription): HeardState {
  return { context: address, group, peer: speaker, cells: rate.perSecond() }
}

// Who is listened to must be heard; of a shared group, the flood reaches the others; else there must be a route.
function isReachable({ groups, hearing, routes, conduct }: Listening, peer: Peer): boolean {
  if (!groups.isListed(peer) || conduct.isMuted(peer.domain)) return false
  const shared = groups.shared(peer.fingerprint)
  if (shared.some(group => groups.isChosen(peer, group))) return hearing.isHeard(peer.domain)
  return shared.length > 0 || routes.all().some(({ reaches }) => reaches.has(peer.fingerprint))
}

async function subscribe(listening: Listening, peer: Peer, listed: readonly ListedContext[]): Promise<void> {
  const { groups } = listening
  const chosen = listed.filter(
    context => groups.isChosen(peer, context.group) && !isOwn(listening, context.address),
  )
  leaveOthers(listening, peer, chosen)
  for (const context of chosen) await join(listening, peer, context)
}

async function join(listening: Listening, peer: Peer, listed: ListedContext): Promise<void> {
  const { address, group, interval } = listed
  const { carrier, federation, clock, subscriptions, counters } = listening
  const asked = clock.steady()
  const membership = await askJoin(federation, peer, address, carrier.listener)
  const existing = subscriptions.get(address)
  if (existing && existing.context.speaker !== peer.domain) {
    counters.count('contexts of others claimed')
    return
  }
  const today = epochOf(clock.now())
  learnRoutes(listening, membership.routes, today)
  // Today's key first: it opens nearly every cell.
  const links = [...membership.links].sort((a, b) => Math.abs(a.epoch - today) - Math.abs(b.epoch - today))
  const context: Joined = {
    address,
    speaker: peer.domain,
    group,
    interval,
    links: links.map(({ link }) => link),
    ...(membership.voice !== undefined && { voice: { name: membership.voice, asked } }),
  }
  if (existing) existing.context = context
  else listen(listening, context)
}

// A key of a day that is far off would stay for ever.
function learnRoutes(listening: Listening, told: readonly ContextRoute[], today: number): void {
  const { routes, federation } = listening
  routes.forgetBefore(today - 1)
  for (const route of told) {
    const isMine = route.speaker === federation.self || isOwn(listening, route.context)
    if (!isMine && Math.abs(route.epoch - today) <= 1) routes.learn(route)
  }
}

// Whatever a peer tells of this server's own contexts is not news.
function isOwn({ own }: Listening, context: ContextAddress): boolean {
  return own().some(({ address }) => address === context)
}

function listen(listening: Listening, context: Joined): void {
  const subscription: Subscription = {
    context,
    asked: -Infinity,
    said: createRecent(mostSaid),
    rate: createRateMeter(listening.clock),
    cancel: listening.carrier.listen(context.address, (frame, voice) => {
      if (isSpeaker(listening, subscription, voice)) hearFrame(listening, subscription, frame)
      else listening.counters.count('cells of others dropped')
    }),
  }
  listening.subscriptions.set(context.address, subscription)
}

function isSpeaker({ clock, askAnew }: Listening, subscription: Subscription, by: Voice): boolean {
  const { voice, speaker } = subscription.context
  const judged = voice ? judgeVoice(voice, by) : 'speaker'
  if (judged === 'unsure' && clock.steady() - subscription.asked >= retryAfter) {
    subscription.asked = clock.steady()
    askAnew(speaker)
  }
  return judged === 'speaker'
}

function hearFrame({ hear, hearing, conduct }: Listening, subscription: Subscription, frame: string): void {
  const { context, said, rate } = subscription
  if (!conduct.admits(context)) return
  const heard = hear(context, frame)
  // What cannot be read is no sign of life: the keys may be old, or somebody else speaks.
  if (heard === 'unreadable' || heard === 'malformed') {
    conduct.blame(context, heard)
    return
  }
  if (heard !== 'cover' && !said.add(heard)) conduct.blame(context, 'repeated')
  rate.count()
  hearing.heard(context.speaker)
}

function leave(listening: Listening, peer: Peer): void {
  listening.groups.unlist(peer)
  leaveOthers(listening, peer, [])
}

function leaveOthers(
  { subscriptions, hearing, conduct }: Listening,
  peer: Peer,
  chosen: readonly ListedContext[],
): void {
  for (const [address, { context, cancel }] of subscriptions) {
    if (context.speaker !== peer.domain || chosen.some(({ address: kept }) => kept === address)) continue
    cancel()
    subscriptions.delete(address)
    conduct.forget(address)
  }
  if (chosen.length === 0) hearing.forget(peer.domain)
}
