// The component's link to its host server, hardened against everything that may come in or go wrong
// (XEP-0114, RFC 6120).
import type { Element } from 'ltx'
import type { PluginError } from '../../plugin/errors.js'
import type { Cancel } from '../../plugin/ports.js'
import { systemClock } from '../clock.js'
import { openConnection } from './connection.js'
import { startHeartbeat, type Heartbeat } from './heartbeat.js'
import { createIqAnswers } from './iq-answers.js'
import { createIqRequests } from './iq-requests.js'
import { defaultLimits, ensureLoopback, type LinkLimits, type LinkOptions } from './link-options.js'
import { createReconnecting } from './reconnecting.js'
import { createSignal } from './signal.js'
import { errorAnswer, stanzaError } from './stanza-errors.js'
import { isStanza, isWithinShape } from './stanza-guard.js'
import { encodeStanza } from './wire-text.js'
import { attribute, xml } from './xml.js'

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
  start(): Promise<void>
  stop(): Promise<void>
  /**
   * Writes a stanza; an absent `from` becomes the component's domain. `false`: nothing was or will be written, because
   * the link is offline or its buffer full, or because the host would close the stream over this stanza.
   */
  send(stanza: Element): boolean
  /**
   * Sends an iq of type get or set under a fresh random id and resolves with its result.
   * @throws StanzaRefused on an error answer, PluginError `peer-unreachable` without an answer, `queue-full`
   */
  request(iq: Element, timeoutMs?: number): Promise<Element>
  /**
   * Hands over every message and presence that is within the limits of depth, nodes and size and in the stream's
   * namespace. Iqs don't come here: see `request` and `handleIq`.
   */
  onStanza(handler: (stanza: Element) => void): Cancel
  /**
   * Sets who answers iqs with this one child. What `handler` resolves with becomes the result's child; a PluginError
   * becomes the stanza error of its code, anything else thrown an internal-server-error and a line in the log.
   */
  handleIq(type: 'get' | 'set', xmlns: string, name: string, handler: IqHandler): void
  /** Called at every connection, the first one too. */
  onOnline(handler: () => void): Cancel
  /** Called whenever an established connection ends, `stop` included. */
  onOffline(handler: () => void): Cancel
  /** Called when the host refuses the component after it was online once: nothing is tried again then. */
  onRefused(handler: (reason: PluginError) => void): Cancel
}

/** Answers one iq; see `Link.handleIq`. The iq has one child element, a `from` and an `id`. */
export type IqHandler = (iq: Element) => Promise<Element | undefined>

const pingNamespace = 'urn:xmpp:ping'
const answerWithin = 30_000

/** The bare domain of an address in which a component may speak: its own (XEP-0114 s4). */
function domainOf(address: string): string {
  return address.replace(/\/.*$/s, '').replace(/^.*@/s, '')
}

// RFC 6120 s8.1.3: every iq has an id; XEP-0114: every stanza of the host has a from.
function isAddressed(stanza: Element): boolean {
  const hasId = stanza.name !== 'iq' || attribute(stanza, 'id') !== undefined
  return hasId && attribute(stanza, 'from') !== undefined
}

/**
 * Creates the link to the host; the composition root calls this once.
 * @throws PluginError `config-invalid` where the service address is not on this machine
 */
export function createLink(options: LinkOptions): Link {
  ensureLoopback(options.service)
  const { domain, log, counters, clock = systemClock } = options
  const limits: LinkLimits = { ...defaultLimits, ...options.limits }
  const stanzas = createSignal<Element>(log)
  const online = createSignal<undefined>(log)
  const offline = createSignal<undefined>(log)
  const refused = createSignal<PluginError>(log)
  const requests = createIqRequests({ ...options, clock, send })
  const answers = createIqAnswers({ log, counters, send })
  let heartbeat: Heartbeat | null = null

  const host = createReconnecting({
    ...options,
    clock,
    connect: events => openConnection({ ...options, ...events, clock, inputLimit: limits.input, heard }),
    online: () => {
      heartbeat = startHeartbeat(clock, ping, () => host.online()?.end('dead'))
      online.emit(undefined)
    },
    offline: () => {
      heartbeat?.stop()
      requests.abandon()
      offline.emit(undefined)
    },
    refused: refused.emit,
  })

  function refuse(name: string): false {
    counters.count(name)
    return false
  }

  function send(stanza: Element): boolean {
    const connection = host.online()
    if (!connection) return refuse('xmpp-send-offline')
    stanza.attrs['from'] ??= domain
    const addressed =
      domainOf(attribute(stanza, 'from') ?? '') === domain && attribute(stanza, 'to') !== undefined
    const text = isStanza(stanza) && addressed ? encodeStanza(stanza, limits) : null
    if (text === null) return refuse('xmpp-send-refused')
    const octets = Buffer.byteLength(text)
    if (octets > limits.output) return refuse('xmpp-send-too-long')
    if (connection.waiting() + octets > limits.waiting) return refuse('xmpp-send-full')
    connection.write(text)
    return true
  }

  // A failed ping counts as unanswered; the heartbeat draws the conclusion.
  function ping(): void {
    send(xml('iq', { type: 'get', to: domain, id: 'ping' }, xml('ping', { xmlns: pingNamespace })))
  }

  function heard(stanza: Element): void {
    heartbeat?.heard()
    if (!isStanza(stanza) || !isAddressed(stanza)) counters.count('xmpp-stanza-refused')
    else if (!isWithinShape(stanza, limits)) refuseShape(stanza)
    else if (stanza.name !== 'iq') stanzas.emit(stanza)
    else if (['result', 'error'].includes(attribute(stanza, 'type') ?? '')) requests.answered(stanza)
    else answers.asked(stanza)
  }

  function refuseShape(stanza: Element): void {
    counters.count('xmpp-stanza-refused')
    const asks = stanza.name === 'iq' && ['get', 'set'].includes(attribute(stanza, 'type') ?? '')
    if (asks) send(errorAnswer(stanza, stanzaError('modify', 'policy-violation')))
  }

  // XEP-0199 s4
  answers.handle('get', pingNamespace, 'ping', () => Promise.resolve(undefined))

  return {
    domain,
    get online() {
      return host.online() !== null
    },
    start: host.start,
    stop: host.stop,
    send,
    request: (iq, timeoutMs = answerWithin) => requests.request(iq, timeoutMs),
    onStanza: stanzas.on,
    handleIq: answers.handle,
    onOnline: handler => online.on(handler),
    onOffline: handler => offline.on(handler),
    onRefused: refused.on,
  }
}
