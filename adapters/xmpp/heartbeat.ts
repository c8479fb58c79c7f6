// Notices a host that went silent without closing: a ping each minute, routed by the host back to ourselves
// (XEP-0199 s4).
import type { Element } from 'ltx'
import type { Cancel, Clock } from '../../plugin/ports.js'
import { xml } from './xml.js'

export const pingNamespace = 'urn:xmpp:ping'

export interface Heartbeat {
  readonly start: () => void
  readonly stop: () => void
  /** Something arrived. */
  readonly heard: () => void
}

export interface HeartbeatOptions {
  readonly clock: Clock
  readonly domain: string
  readonly send: (stanza: Element) => boolean
  /** Called when two pings in a row brought nothing. */
  readonly dead: () => void
}

const interval = 60_000
const allowedMisses = 2

/** For `createLink`; beats while the link is online. */
export function createHeartbeat({ clock, domain, send, dead }: HeartbeatOptions): Heartbeat {
  let misses = 0
  let cancel: Cancel | null = null

  function stop(): void {
    cancel?.()
    cancel = null
    misses = 0
  }

  function beat(): void {
    if (misses === allowedMisses) {
      dead()
      return
    }
    misses++
    // One that can't be written goes unanswered like one that is lost.
    send(xml('iq', { type: 'get', to: domain, id: 'ping' }, xml('ping', { xmlns: pingNamespace })))
    cancel = clock.after(interval, beat)
  }

  return {
    start: () => {
      stop()
      cancel = clock.after(interval, beat)
    },
    stop,
    heard: () => {
      misses = 0
    },
  }
}
