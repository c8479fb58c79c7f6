// What an admin is told of the running plugin. Nothing in it says who writes to whom, or when.
import type { Delivery } from '../delivery/index.js'
import type { Pseudonyms } from '../identity/index.js'
import type { Loops } from '../loops/index.js'
import type { ConductState, Mor } from '../mor/index.js'
import type { Federation, ServerIdentity } from '../pki/index.js'
import type { Clock, ContextAddress, Domain, Fingerprint, PeerAddress, ReadableCounters } from '../ports.js'

/** Times are seconds, rates are per second. Totals count since the start. */
export interface StatusReport {
  readonly version: string
  readonly server: Domain
  readonly fingerprint: Fingerprint
  readonly uptime: number
  readonly keys: {
    /** Day of the context keys of now, from 1970-01-01 = 0, and seconds until the next one. */
    readonly epoch: number
    readonly epochEndsIn: number
    /** Seconds until the newest routing key ends; the next one is made before. */
    readonly routingKeyEndsIn: number
  }
  /** Messages of this server's users. */
  readonly sent: {
    readonly queued: number
    readonly inFlight: number
    /** Seconds since the oldest of these was accepted; `null` where none waits. */
    readonly oldest: number | null
    readonly accepted: number
    readonly acknowledged: number
    /** Parts that were sent once more. */
    readonly resent: number
    readonly givenUp: number
    readonly refused: number
  }
  /** Messages for this server's users; `kept` are parts that wait for others, for messages before them, or for the host. */
  readonly received: { readonly shown: number; readonly notShown: number; readonly kept: number }
  readonly spoken: readonly SpokenReport[]
  readonly heard: readonly HeardReport[]
  /** Hundredths of all heard cells that were onions and not cover, whoever's; `null` before the first. */
  readonly onionShare: number | null
  /** Cells that this server sent to itself, over whichever peers. */
  readonly returned: ReturnedReport
  readonly peers: readonly PeerReport[]
  /** How many pseudonyms this server's users have, all together. */
  readonly pseudonyms: number
}

export interface SpokenReport {
  readonly context: ContextAddress
  readonly group: string
  readonly cells: number
  readonly declared: number
  /** Servers that may listen. */
  readonly members: number
  /** Onions that wait for their turn. */
  readonly waiting: number
}

export interface HeardReport {
  readonly context: ContextAddress
  readonly group: string
  readonly peer: Domain
  readonly cells: number
}

/** Of the last loops (48 at most): how many there were, the part that came back, and seconds that half of these took. */
export interface ReturnedReport {
  readonly loops: number
  readonly ratio: number | null
  readonly latency: number | null
}

export interface PeerReport {
  readonly peer: Domain
  /** Where its plugin answers, as far as is known. */
  readonly address: PeerAddress
  readonly federated: boolean
  /** Whether it can be a hop now. */
  readonly reachable: boolean
  /** How it behaves as a speaker. */
  readonly conduct: ConductState
  /** Cells that this server sent to itself over it. */
  readonly returned: ReturnedReport
}

export interface StatusOptions {
  readonly version: string
  readonly identity: ServerIdentity
  readonly federation: Pick<Federation, 'choices' | 'peers'>
  readonly delivery: Pick<Delivery, 'state'>
  readonly loops: Pick<Loops, 'over'>
  readonly pseudonyms: Pick<Pseudonyms, 'count'>
  /** `null` until it is started. */
  readonly mor: () => Pick<Mor, 'contexts' | 'heard' | 'reachable' | 'conduct'> | null
  readonly counters: ReadableCounters
  readonly clock: Clock
}

/** Tells how things are now. */
export type Status = () => StatusReport

const day = 86_400_000

/** Begins to count the time. */
export function createStatus(options: StatusOptions): Status {
  const started = options.clock.now()
  return () => {
    const now = options.clock.now()
    const counted = countsOf(options.counters)
    return {
      version: options.version,
      server: options.identity.domain,
      fingerprint: options.identity.fingerprint,
      uptime: seconds(now - started),
      keys: keysOf(options.identity, now),
      ...messagesOf(options, counted, now),
      ...contextsOf(options),
      onionShare: onionShare(counted),
      returned: returnedOf(options, null),
      peers: peersOf(options),
      pseudonyms: options.pseudonyms.count,
    }
  }
}

type Counted = (name: string) => number

function countsOf(counters: ReadableCounters): Counted {
  const counts = counters.snapshot()
  return name => counts[name] ?? 0
}

function keysOf({ routingKeys }: ServerIdentity, now: number): StatusReport['keys'] {
  const epoch = Math.floor(now / day)
  const ends = Math.max(now, ...routingKeys.map(({ expires }) => expires))
  return {
    epoch,
    epochEndsIn: seconds((epoch + 1) * day - now),
    routingKeyEndsIn: seconds(ends - now),
  }
}

function messagesOf(
  { delivery }: StatusOptions,
  counted: Counted,
  now: number,
): Pick<StatusReport, 'sent' | 'received'> {
  const { queued, inFlight, oldest, kept } = delivery.state()
  return {
    sent: {
      queued,
      inFlight,
      oldest: oldest === null ? null : seconds(now - oldest),
      accepted: counted('messages sent'),
      acknowledged: counted('messages acknowledged'),
      resent: counted('parcels sent again'),
      givenUp: counted('messages given up'),
      refused: counted('messages refused by their receiver'),
    },
    received: {
      shown: counted('messages delivered'),
      notShown: counted('messages not shown'),
      kept,
    },
  }
}

function contextsOf({ mor }: StatusOptions): Pick<StatusReport, 'spoken' | 'heard'> {
  const started = mor()
  const spoken = (started?.contexts ?? []).map(context => ({
    context: context.address,
    group: context.group,
    cells: context.spokenPerSecond(),
    declared: 1000 / context.pace.interval,
    members: context.members.size,
    waiting: context.speaker.waiting,
  }))
  return { spoken, heard: [...(started?.heard() ?? [])] }
}

// Of all contexts and all time together: by the hour or by the context, it would tell when somebody writes.
function onionShare(counted: Counted): number | null {
  const onions = counted('onions heard') + counted('onions ignored')
  const cells = onions + counted('cover heard')
  return cells === 0 ? null : Math.round((100 * onions) / cells)
}

function returnedOf({ loops }: StatusOptions, peer: Domain | null): ReturnedReport {
  const returned = loops.over(peer)
  return { ...returned, latency: returned.latency === null ? null : returned.latency / 1000 }
}

function peersOf(options: StatusOptions): PeerReport[] {
  const { federation, mor } = options
  const ready = federation.peers()
  const reachable = mor()?.reachable() ?? []
  return federation.choices().map(({ domain, address }) => {
    const met = ready.find(peer => peer.domain === domain)
    return {
      peer: domain,
      address: met?.address ?? address,
      federated: met !== undefined,
      reachable: reachable.includes(domain),
      conduct: mor()?.conduct(domain) ?? unknownConduct,
      returned: returnedOf(options, domain),
    }
  })
}

const unknownConduct: ConductState = { score: 0, mutedFor: null, tooFast: 0 }

function seconds(milliseconds: number): number {
  return Math.round(milliseconds / 1000)
}
