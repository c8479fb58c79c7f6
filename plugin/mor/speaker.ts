// Speaks in one context on a clock: a waiting cell if there is one, a cover cell if not, nothing in between (PROTO s7.2).
import { createFairQueue } from '../fair-queue.js'
import type { Cancel, Clock, ContextAddress, Counters, Domain, Trace } from '../ports.js'
import { sealCover, sealOnion, type TaggedOnion } from './cell.js'
import { onionHash } from './seen.js'

/** Who brought an onion: the server whose context was the first to say it, or `here` where it began. */
export type Bringer = Domain | typeof here
export const here = 'here'

export interface Speaker {
  /**
   * Lets an onion wait for its turn; those of different bringers take turns. `false`: too many wait, this bringer's most of
   * all, and it is dropped.
   */
  say(onion: TaggedOnion, bringer: Bringer): boolean
  readonly waiting: number
  /** How many wait that began here. */
  readonly own: number
  stop: Cancel
}

export interface SpeakerOptions {
  readonly context: ContextAddress
  /** Milliseconds between cells. */
  readonly interval: number
  /** Most onions that wait. */
  readonly limit: number
  readonly linkKey: () => Buffer
  readonly speak: (frame: string) => boolean
  readonly clock: Clock
  readonly counters: Counters
  readonly trace: Trace
}

// As a part of the interval.
const earliness = 0.2

/** Starts a speaker. Its ticks lie on a grid; one that comes late is left out, because two at once would show load. */
export function startSpeaker(options: SpeakerOptions): Speaker {
  const { clock, interval, counters } = options
  const queue = createFairQueue<TaggedOnion>(options.limit)
  let held: TaggedOnion | undefined
  const start = clock.steady()
  let cancel: Cancel = () => undefined

  const schedule = (): void => {
    const elapsed = clock.steady() - start
    // Timers may fire a moment early: that is this tick still, and must not make a second one of it.
    const next = (Math.floor(elapsed / interval + earliness) + 1) * interval
    cancel = clock.after(next - elapsed, tick)
  }
  const tick = (): void => {
    schedule()
    const onion = held ?? queue.shift()
    const link = options.linkKey()
    const taken = options.speak(onion ? sealOnion(link, onion) : sealCover(link))
    counters.count(taken ? 'cells spoken' : 'cells not taken by the host')
    // A moment without the host must not cost an onion.
    held = taken ? undefined : onion
    if (onion && taken) options.trace({ event: 'spoke', context: options.context, onion: shortName(onion) })
  }
  schedule()

  return {
    say(onion, bringer) {
      const waiting = compact(onion)
      const dropped = queue.push(bringer, waiting)
      if (dropped !== null) counters.count('onions dropped: queue full')
      return dropped !== waiting
    },
    get waiting() {
      return queue.size + (held ? 1 : 0)
    },
    get own() {
      return queue.of(here)
    },
    stop() {
      cancel()
    },
  }
}

// What was heard is a part of larger memory, which would stay as long as the onion waits.
function compact({ tag, onion }: TaggedOnion): TaggedOnion {
  const octets = Buffer.allocUnsafeSlow(tag.length + onion.length)
  tag.copy(octets)
  onion.copy(octets, tag.length)
  return { tag: octets.subarray(0, tag.length), onion: octets.subarray(tag.length) }
}

/** How an onion is called in a laboratory's journey: long enough that no two of thousands have one name by chance. */
export function shortName({ onion }: TaggedOnion): string {
  return onionHash(onion).toString('hex', 0, 6)
}
