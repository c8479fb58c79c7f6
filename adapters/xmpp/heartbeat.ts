// Notices a host that went silent without closing: a ping each minute, routed by the host back to ourselves
// (XEP-0199 s4.3).
import type { Cancel, Clock } from '../../plugin/ports.js'

export interface Heartbeat {
  /** Something arrived. */
  heard(): void
  stop(): void
}

const interval = 60_000
const allowedMisses = 2

/** For `createLink`: started when the link comes online; calls `dead` once when two pings in a row brought nothing. */
export function startHeartbeat(clock: Clock, ping: () => void, dead: () => void): Heartbeat {
  let misses = 0
  let cancel: Cancel = clock.after(interval, beat)

  function beat(): void {
    if (misses === allowedMisses) {
      dead()
      return
    }
    misses++
    ping()
    cancel = clock.after(interval, beat)
  }

  return {
    heard: () => {
      misses = 0
    },
    stop: () => {
      cancel()
    },
  }
}
