// Waits until the host has worked through what was written to it (XEP-0199 s4, RFC 6120 s10.1).
import { PluginError } from '../../plugin/errors.js'
import { pingNamespace } from './heartbeat.js'
import type { Link } from './link.js'
import { xml } from './xml.js'

/**
 * A function that resolves when the host has had everything that was sent before the call: it takes the stanzas of a
 * stream in their order, so that a ping to ourselves comes back behind them. Many waits of one turn share a ping.
 * It rejects with PluginError `host-unreachable` when the link is lost before that.
 */
export function createFlush(link: Link): () => Promise<void> {
  let next: Promise<void> | null = null

  async function ping(): Promise<void> {
    next = null
    try {
      await link.request(xml('iq', { type: 'get', to: link.domain }, xml('ping', { xmlns: pingNamespace })))
    } catch (cause) {
      throw new PluginError('host-unreachable', 'The host may not have taken what was sent.', { cause })
    }
  }

  return () => (next ??= Promise.resolve().then(ping))
}
