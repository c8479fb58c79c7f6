// Tells senders that their messages wait, once for each wait: whoever hears nothing sends again, or believes himself heard.
import { PluginError } from '../errors.js'
import type { Cancel, Clock, Counters, DeliveryStore, Log } from '../ports.js'
import { every } from '../repeat.js'
import type { Sealer } from '../sealer.js'
import type { Flight, Flights } from './flights.js'
import { loadOutgoing, type OutgoingMessage } from './outgoing-message.js'

/** Why a message waits: for its turn, for a way to its server, for word from there, or for its recipient while that server is away. */
export type WaitReason = 'queued' | 'no-route' | 'not-acknowledged' | 'home-away'

/** @param notice names the wait, the same after a restart */
export type TellWaiting = (message: OutgoingMessage, why: WaitReason, notice: string) => Promise<void>

export interface WaitNoticeOptions {
  readonly flights: Pick<Flights, 'all'>
  readonly store: DeliveryStore
  readonly sealer: Sealer
  readonly waits: TellWaiting
  /** About how long an acknowledgement takes, milliseconds. */
  readonly roundTrip: number
  readonly clock: Clock
  readonly counters: Counters
  readonly log: Log
}

const lookEvery = 10_000
// Most messages that the network loses once are there again before that.
const leastWait = 120_000
const roundTrips = 5

/** Begins to look how long messages wait. */
export function startWaitNotices(options: WaitNoticeOptions): Cancel {
  const { clock, flights, log } = options
  const longest = Math.max(leastWait, roundTrips * options.roundTrip)
  const told = new Set<string>()
  return every(clock, lookEvery, async () => {
    const oldest = oldestOf(flights.all())
    for (const name of told) {
      // Where messages take about so long all the time, this is one wait and not many.
      const age = clock.steady() - (oldest.get(name)?.since ?? Infinity)
      if (age < longest / 2) told.delete(name)
    }
    for (const [name, flight] of oldest) {
      if (told.has(name) || clock.steady() - flight.since < longest) continue
      const isTold = await tell(options, flight).catch((error: unknown) => {
        log.error({ err: error }, 'A sender could not be told that his message waits; it is tried again.')
        return false
      })
      if (isTold) told.add(name)
    }
  })
}

// Of each conversation the first message whose sender waits for word of it.
function oldestOf(flights: readonly Flight[]): Map<string, Flight> {
  const oldest = new Map<string, Flight>()
  for (const flight of flights) {
    const name = flight.conversation.toString('hex')
    if (flight.isMessage && !flight.settled && !flight.givenUp && !oldest.has(name)) oldest.set(name, flight)
  }
  return oldest
}

/** `false`: not now, the host is away. */
async function tell({ store, sealer, waits, counters }: WaitNoticeOptions, flight: Flight): Promise<boolean> {
  const message = await loadOutgoing(store, sealer, flight)
  if (!message) return true
  try {
    await waits(
      message,
      reasonOf(flight),
      `wait-${flight.conversation.toString('hex')}-${String(flight.sequence)}`,
    )
    counters.count('senders told of a wait')
    return true
  } catch (error) {
    if (error instanceof PluginError && error.code === 'host-unreachable') return false
    throw error
  }
}

function reasonOf({ attempts, obstacle, mailbox }: Flight): WaitReason {
  if (obstacle?.code === 'route-unreachable') return 'no-route'
  if (mailbox !== null) return 'home-away'
  return attempts === 0 ? 'queued' : 'not-acknowledged'
}
