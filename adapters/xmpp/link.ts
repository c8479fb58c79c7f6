// The component's link to its host server, hardened against everything that may come in or go wrong
// (XEP-0114, RFC 6120).
import type { Element } from 'ltx'
import type { PluginError } from '../../plugin/errors.js'
import type { Cancel } from '../../plugin/ports.js'

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
