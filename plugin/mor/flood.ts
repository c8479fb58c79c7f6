// What becomes of a cell that is heard: the three rules, on its onion, and nothing else (PROTO s8).
import { PluginError } from '../errors.js'
import type { Clock, ContextAddress, Counters, Domain, Trace } from '../ports.js'
import { openCell, parseFrame, type TaggedOnion } from './cell.js'
import { ensureOnionLength } from './onion-length.js'
import type { OwnContext } from './own-context.js'
import { onionHash, type Seen } from './seen.js'
import { shortName, type Bringer } from './speaker.js'

/** A context that is listened to, with the link keys that its speaker gave, today's first. */
export interface HeardContext {
  readonly address: ContextAddress
  readonly group: string
  readonly speaker: Domain
  readonly links: readonly Buffer[]
}

export interface FloodOptions {
  readonly seen: Seen
  readonly own: () => readonly OwnContext[]
  /** Tries to open an onion and acts on it; never throws. */
  readonly peel: (onion: TaggedOnion, bringer: Bringer) => void
  /** Whether a key is registered under a tag now. */
  readonly isAwaited: (tag: Buffer) => boolean
  readonly clock: Clock
  readonly counters: Counters
  readonly trace: Trace
}

/** What a frame was: not under the link keys, not in the one accepted form, cover, or the onion of that name. */
export type Heard = 'unreadable' | 'malformed' | 'cover' | Buffer

export interface Flood {
  /** Takes a frame of a context. */
  hear(context: HeardContext, frame: string): Heard
  /**
   * Speaks an onion in some own contexts, and treats it as if it had been heard.
   * @param bringer who brought the onion out of which it came; `here` where it begins its way
   */
  originate(onion: TaggedOnion, contexts: readonly OwnContext[], bringer: Bringer): void
}

/** Sets up the rules. A frame that breaks the format is counted and dropped. */
export function createFlood(options: FloodOptions): Flood {
  const { seen, counters, trace } = options

  const peelSoon = (onion: TaggedOnion, bringer: Bringer): void => {
    options.clock.after(0, () => {
      options.peel(onion, bringer)
    })
  }
  const spread = (onion: TaggedOnion, contexts: readonly OwnContext[], bringer: Bringer): void => {
    for (const context of contexts) context.speaker.say(onion, bringer)
    // Spoken first and opened afterwards, so that the time of speaking does not tell whose onion it was.
    peelSoon(onion, bringer)
  }

  const hearOnion = (context: HeardContext, onion: TaggedOnion): Buffer => {
    ensureOnionLength(onion.onion.length)
    const name = onionHash(onion.onion)
    const known = !seen.add(name) // rule 1
    counters.count(known ? 'onions ignored' : 'onions heard')
    trace({ event: known ? 'ignored' : 'heard', context: context.address, onion: shortName(onion) })
    // Rules 2 and 3 differ only in what `peel` finds afterwards.
    if (!known) spread(onion, inGroup(options.own(), context.group), context.speaker)
    // Whoever said it first may have put another tag on it; nothing else of it can be changed.
    else if (options.isAwaited(onion.tag)) peelSoon(onion, context.speaker)
    return name
  }

  return {
    hear(context, frame) {
      return refuseQuietly(counters, () => {
        const heard = readFrame(context, frame, counters)
        return typeof heard === 'string' ? heard : hearOnion(context, heard)
      })
    },
    originate(onion, contexts, bringer) {
      if (seen.add(onionHash(onion.onion))) spread(onion, contexts, bringer)
    },
  }
}

function inGroup(contexts: readonly OwnContext[], group: string): OwnContext[] {
  return contexts.filter(context => context.group === group)
}

function readFrame(
  context: HeardContext,
  frame: string,
  counters: Counters,
): TaggedOnion | 'cover' | 'unreadable' {
  const cell = parseFrame(frame)
  for (const link of context.links) {
    const opened = openCell(link, cell)
    if (opened === null) continue
    if (opened === 'cover') counters.count('cover heard')
    return opened
  }
  counters.count('cells not readable')
  return 'unreadable'
}

// Bad input is normal input: only what is not a refusal of the format is a bug and goes on up.
function refuseQuietly(counters: Counters, read: () => Heard): Heard {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof PluginError)) throw error
    counters.count('cells refused')
    return 'malformed'
  }
}
