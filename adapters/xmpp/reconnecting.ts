// Keeps one connection to the host open: tries again with backoff, and stops where trying again can't help.
import { PluginError } from '../../plugin/errors.js'
import type { Cancel, Clock, Counters, Log, Random } from '../../plugin/ports.js'
import { backoff } from './backoff.js'
import type { Connection, ConnectionOptions } from './connection.js'
import { refusalOf, troubleLine } from './host-trouble.js'

export interface ReconnectingOptions {
  readonly service: string
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly counters: Counters
  connect(events: Pick<ConnectionOptions, 'opened' | 'ended'>): Connection
  online(): void
  offline(): void
  /** The host refused the component, at the first try or later; nothing is tried again. */
  refused(reason: PluginError): void
}

export interface Reconnecting {
  start(): void
  stop(): Promise<void>
  /** The connection while the host accepts it, or null. */
  online(): Connection | null
  readonly running: boolean
}

/** A connection this old shows that the host is well, so that the next loss starts with the shortest wait again. */
const provenAfter = 60_000

/** For `createLink`. */
export function createReconnecting(options: ReconnectingOptions): Reconnecting {
  const { service, clock, log, counters } = options
  let current: Connection | null = null
  let accepted = false
  let running = false
  let failures = 0
  let cancelTimer: Cancel | null = null

  function opened(): void {
    accepted = true
    counters.count('xmpp-online')
    cancelTimer = clock.after(provenAfter, () => {
      failures = 0
    })
    options.online()
  }

  function tryLater(cause: string): void {
    const wait = backoff(failures++, options.random)
    log.warn({ cause, wait }, troubleLine(service, cause, wait))
    cancelTimer = clock.after(wait, attempt)
  }

  function goOffline(): void {
    const wasAccepted = accepted
    accepted = false
    current = null
    cancelTimer?.()
    counters.count('xmpp-connection-ended')
    if (wasAccepted) options.offline()
  }

  function ended(cause: string): void {
    goOffline()
    if (!running) return
    const refusal = refusalOf(cause)
    if (refusal === null) {
      tryLater(cause)
      return
    }
    running = false
    options.refused(new PluginError('host-refused', refusal))
  }

  function attempt(): void {
    counters.count('xmpp-connection-attempt')
    current = options.connect({ opened, ended })
  }

  return {
    start: () => {
      running = true
      attempt()
    },
    stop: async () => {
      running = false
      cancelTimer?.()
      await current?.close()
    },
    online: () => (running && accepted ? current : null),
    get running() {
      return running
    },
  }
}
