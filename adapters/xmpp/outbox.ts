// The only way out: what would make the host close the stream is not written, and neither is what it has no room for.
import type { Element } from 'ltx'
import type { Counters } from '../../plugin/ports.js'
import type { Connection } from './connection.js'
import { splitJid } from './jid.js'
import type { LinkLimits } from './link-options.js'
import { isStanza } from './stanza-guard.js'
import { encodeStanza } from './wire-text.js'
import { attribute } from './xml.js'

export interface OutboxOptions {
  readonly domain: string
  readonly limits: LinkLimits
  readonly counters: Counters
  /** The connection while the host accepts it, or null. */
  online(): Connection | null
}

/** Creates `Link.send`. Nothing is kept here for later: a stanza that closed the stream is never written twice. */
export function createOutbox(options: OutboxOptions): (stanza: Element) => boolean {
  const { domain, limits, counters } = options

  function refuse(name: string): false {
    counters.count(name)
    return false
  }

  // XEP-0114 s3: both addresses are there, and a component speaks for its own domain only.
  function isSendable(stanza: Element): boolean {
    const fromOwn = splitJid(attribute(stanza, 'from') ?? '').domain === domain
    return fromOwn && isStanza(stanza) && attribute(stanza, 'to') !== undefined
  }

  return stanza => {
    const connection = options.online()
    if (!connection) return refuse('xmpp-send-offline')
    stanza.attrs['from'] ??= domain
    const text = isSendable(stanza) ? encodeStanza(stanza, limits) : null
    if (text === null) return refuse('xmpp-send-refused')
    const octets = Buffer.byteLength(text)
    if (octets > limits.output) return refuse('xmpp-send-too-long')
    if (connection.waiting() + octets > limits.waiting) return refuse('xmpp-send-full')
    connection.write(text)
    return true
  }
}
