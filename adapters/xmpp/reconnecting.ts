// Keeps one connection to the host open: tries again with backoff, and stops where trying again can't help
// (RFC 6120 s4.9.3: conflict, host-unknown, not-authorized).
import { PluginError } from '../../plugin/errors.js'
import type { Cancel, Clock, Counters, Log, Random } from '../../plugin/ports.js'
import { backoff } from './backoff.js'
import type { Connection, ConnectionOptions } from './connection.js'

export interface ReconnectingOptions {
  readonly service: string
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly counters: Counters
  connect(events: Pick<ConnectionOptions, 'opened' | 'ended'>): Connection
  online(): void
  offline(): void
  refused(reason: PluginError): void
}

export interface Reconnecting {
  start(): Promise<void>
  stop(): Promise<void>
  /** The connection while the host accepts it, or null. */
  online(): Connection | null
}

const refusals: ReadonlyMap<string, string> = new Map([
  [
    'not-authorized',
    'The host refused the component because the secret is wrong: give the host (component_secret or password) and the plugin (its secret file) the same one.',
  ],
  [
    'host-unknown',
    "The host does not know this component: add it to the host's configuration, under the domain that the plugin's configuration names, and reload the host.",
  ],
  [
    'conflict',
    'The host refused the component because another program is connected as it: stop that one, and let the host replace dead connections (Prosody: component_conflict_resolve = "kick_old").',
  ],
])

const advice: ReadonlyMap<string, string> = new Map([
  ['ECONNREFUSED', 'nothing listens there; start the chat server, or correct the service address'],
  [
    'silent',
    'it accepts but does not answer; it may be starting or overloaded, or another service has the port',
  ],
  ['dead', 'it stopped answering'],
  ['closed', 'it closed the connection; it may be restarting'],
  ['system-shutdown', 'it is shutting down'],
])

/** A connection this old shows that the host is well, so that the next loss starts with the shortest wait again. */
const provenAfter = 60_000

/** For `createLink`. */
export function createReconnecting(options: ReconnectingOptions): Reconnecting {
  const { clock, log, counters } = options
  let current: Connection | null = null
  let isOnline = false
  let running = false
  let failures = 0
  let cancelTimer: Cancel | null = null
  let settle: { resolve(): void; reject(reason: PluginError): void } | null = null

  function opened(): void {
    isOnline = true
    counters.count('xmpp-online')
    cancelTimer = clock.after(provenAfter, () => {
      failures = 0
    })
    settle?.resolve()
    settle = null
    options.online()
  }

  function refuse(message: string): void {
    running = false
    const reason = new PluginError('host-refused', message)
    log.warn({ service: options.service }, message)
    if (settle) settle.reject(reason)
    else options.refused(reason)
    settle = null
  }

  function tryLater(cause: string): void {
    const wait = backoff(failures++, options.random)
    const seconds = Math.round(wait / 1000).toString()
    const why = advice.get(cause) ?? "the host's log may say more"
    const message = `No link to the host at ${options.service} (${cause}): ${why}. Next try in ${seconds} s.`
    log.warn({ cause, wait }, message)
    cancelTimer = clock.after(wait, attempt)
  }

  function ended(cause: string): void {
    const wasOnline = isOnline
    isOnline = false
    current = null
    cancelTimer?.()
    counters.count('xmpp-connection-ended')
    if (wasOnline) options.offline()
    if (!running) return
    const refusal = refusals.get(cause)
    if (refusal === undefined) tryLater(cause)
    else refuse(refusal)
  }

  function attempt(): void {
    counters.count('xmpp-connection-attempt')
    current = options.connect({ opened, ended })
  }

  function start(): Promise<void> {
    if (running) return Promise.reject(new PluginError('internal', 'The link is started already.'))
    running = true
    return new Promise((resolve, reject) => {
      settle = { resolve, reject }
      attempt()
    })
  }

  async function stop(): Promise<void> {
    running = false
    cancelTimer?.()
    settle?.reject(new PluginError('host-unreachable', 'The link was stopped before the host answered.'))
    settle = null
    await current?.close()
  }

  return { start, stop, online: () => (running && isOnline ? current : null) }
}
