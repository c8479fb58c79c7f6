// The component's link to its host server, hardened against everything that may come in or go wrong
// (XEP-0114, RFC 6120).
import type { Element } from 'ltx'
import { PluginError } from '../../plugin/errors.js'
import type { Cancel, Log } from '../../plugin/ports.js'
import { systemClock } from '../clock.js'
import { openConnection } from './connection.js'
import { createHeartbeat, pingNamespace } from './heartbeat.js'
import { createInbox } from './inbox.js'
import { createIqAnswers, type IqAnswers } from './iq-answers.js'
import { createIqRequests } from './iq-requests.js'
import { defaultLimits, ensureLoopback, type LinkLimits, type LinkOptions } from './link-options.js'
import { createOutbox } from './outbox.js'
import { createPendingStart, type PendingStart } from './pending-start.js'
import { createReconnecting, type Reconnecting } from './reconnecting.js'
import { createSignal } from './signal.js'

/** The link as rooms, peers and users see it. */
export interface Link {
  /** The component's own domain, e.g. `p3do.a.example`. */
  readonly domain: string
  readonly online: boolean
  /**
   * Connects and stays connected until `stop`; resolves when the host has accepted the component for the first time.
   * A host that can't be reached is tried again and again, with backoff.
   * @throws PluginError `host-refused` where the host refuses the component; nothing is tried again then
   */
  readonly start: () => Promise<void>
  readonly stop: () => Promise<void>
  /** Ends an established connection; a new one follows, as after a loss. */
  readonly reconnect: () => void
  /**
   * Writes a stanza; an absent `from` becomes the component's domain. `false`: nothing was or will be written, because
   * the link is offline or its buffer full, or because the host would close the stream over this stanza.
   */
  readonly send: (stanza: Element) => boolean
  /**
   * Sends an iq of type get or set under a fresh random id and resolves with its result.
   * @throws StanzaRefused on an error answer, PluginError `peer-unreachable` without an answer, `queue-full`
   */
  readonly request: (iq: Element, timeoutMs?: number) => Promise<Element>
  /**
   * Hands over every message and presence that is within the limits of depth, nodes and size and in the stream's
   * namespace. Iqs don't come here: see `request` and `handleIq`.
   */
  readonly onStanza: (handler: (stanza: Element) => void) => Cancel
  /**
   * Sets who answers iqs with this one child. What `handler` returns or resolves with becomes the result's child; a PluginError
   * becomes the stanza error of its code, anything else thrown an internal-server-error and a line in the log. Errors
   * repeat those attributes of the child, for protocols whose clients look there.
   */
  readonly handleIq: IqAnswers['handle']
  /** Called at every connection, the first one too. */
  readonly onOnline: (handler: () => void) => Cancel
  /** Called whenever an established connection ends, `stop` included. */
  readonly onOffline: (handler: () => void) => Cancel
  /** Called when the host refuses the component after it was online once: nothing is tried again then. */
  readonly onRefused: (handler: (reason: PluginError) => void) => Cancel
}

/** Answers one iq; see `Link.handleIq`. The iq has one child element, a `from` and an `id`. */
export type IqHandler = (iq: Element) => Promise<Element | undefined> | Element | undefined

const answerWithin = 30_000

function createSignals(log: Log) {
  return {
    received: createSignal<Element>(log),
    tooLong: createSignal<Element>(log),
    stanza: createSignal<Element>(log),
    online: createSignal<undefined>(log),
    offline: createSignal<undefined>(log),
    refused: createSignal<PluginError>(log),
  }
}

function startAndStop(host: Reconnecting, pending: PendingStart): Pick<Link, 'start' | 'stop'> {
  return {
    start: async () => {
      if (host.running) throw new PluginError('internal', 'The link is started already.')
      const started = pending.begin()
      host.start()
      await started
    },
    stop: async () => {
      pending.fail(new PluginError('host-unreachable', 'The link was stopped before the host accepted it.'))
      await host.stop()
    },
  }
}

/**
 * Creates the link to the host; the composition root calls this once.
 * @throws PluginError `config-invalid` where the service address is not on this machine
 */
export function createLink(options: LinkOptions): Link {
  ensureLoopback(options.service)
  const { domain, log, counters, clock = systemClock } = options
  const limits: LinkLimits = { ...defaultLimits, ...options.limits }
  const signals = createSignals(log)
  const { emit: heard } = signals.received
  const { emit: refused } = signals.tooLong
  const pending = createPendingStart()

  const host = createReconnecting({
    ...options,
    clock,
    connect: events => openConnection({ ...options, ...events, clock, limits, heard, refused }),
    online: () => {
      heartbeat.start()
      signals.online.emit(undefined)
      pending.succeed()
    },
    offline: () => {
      heartbeat.stop()
      requests.abandon()
      signals.offline.emit(undefined)
    },
    refused: reason => {
      log.warn({}, reason.message)
      if (!pending.fail(reason)) signals.refused.emit(reason)
    },
  })
  const send = createOutbox({ domain, limits, counters, online: () => host.online() })
  const heartbeat = createHeartbeat({ clock, domain, send, dead: () => host.online()?.end('dead') })
  const requests = createIqRequests({ ...options, clock, send })
  const answers = createIqAnswers({ log, counters, send })
  const { emit: stanza } = signals.stanza
  signals.received.on(heartbeat.heard)
  const inbox = createInbox({ limits, counters, send, ...requests, ...answers, stanza })
  signals.received.on(inbox.take)
  signals.tooLong.on(inbox.refuse)
  // XEP-0199 s4
  answers.handle('get', pingNamespace, 'ping', () => undefined)

  return {
    domain,
    get online() {
      return host.online() !== null
    },
    ...startAndStop(host, pending),
    reconnect: () => host.online()?.end('asked'),
    send,
    request: (iq, timeoutMs = answerWithin) => requests.request(iq, timeoutMs),
    onStanza: signals.stanza.on,
    handleIq: answers.handle,
    onOnline: signals.online.on,
    onOffline: signals.offline.on,
    onRefused: signals.refused.on,
  }
}
