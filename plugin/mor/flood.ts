// What becomes of a cell that is heard: the three rules, on its onion, and nothing else (PROTO s8).
import { PluginError } from '../errors.js'
import type { Clock, ContextAddress, Counters, Domain, Trace } from '../ports.js'
import { openCell, parseFrame, type TaggedOnion } from './cell.js'
import { ensureOnionLength } from './onion-length.js'
import type { OwnContext } from './own-context.js'
import { onionHash, type Seen } from './seen.js'
import { shortName } from './speaker.js'

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
  readonly peel: (onion: TaggedOnion) => void
  readonly clock: Clock
  readonly counters: Counters
  readonly trace: Trace
}

export interface Flood {
  /** Takes a frame of a context. `true` when it was a cell under one of its link keys. */
  hear(context: HeardContext, frame: string): boolean
  /** Speaks an onion that begins its way here in some own contexts, and treats it as if it had been heard. */
  originate(onion: TaggedOnion, contexts: readonly OwnContext[]): void
}

/** Sets up the rules. A frame that breaks the format is counted and dropped. */
export function createFlood(options: FloodOptions): Flood {
  const { seen, counters, trace } = options

  const spread = (onion: TaggedOnion, contexts: readonly OwnContext[]): void => {
    for (const context of contexts) context.speaker.say(onion)
    // Spoken first and opened afterwards, so that the time of speaking does not tell whose onion it was.
    options.clock.after(0, () => {
      options.peel(onion)
    })
  }

  const hearOnion = (context: HeardContext, onion: TaggedOnion): void => {
    ensureOnionLength(onion.onion.length)
    const known = !seen.add(onionHash(onion.onion)) // rule 1
    counters.count(known ? 'onions ignored' : 'onions heard')
    trace({ event: known ? 'ignored' : 'heard', context: context.address, onion: shortName(onion) })
    // Rules 2 and 3 differ only in what `peel` finds afterwards.
    if (!known) spread(onion, inGroup(options.own(), context.group))
  }

  return {
    hear(context, frame) {
      const heard = readFrame(context, frame, counters)
      if (heard !== null && heard !== 'cover')
        refuseQuietly(counters, () => {
          hearOnion(context, heard)
        })
      return heard !== null
    },
    originate(onion, contexts) {
      if (seen.add(onionHash(onion.onion))) spread(onion, contexts)
    },
  }
}

function inGroup(contexts: readonly OwnContext[], group: string): OwnContext[] {
  return contexts.filter(context => context.group === group)
}

function readFrame(context: HeardContext, frame: string, counters: Counters): TaggedOnion | 'cover' | null {
  return refuseQuietly(counters, () => {
    const cell = parseFrame(frame)
    for (const link of context.links) {
      const opened = openCell(link, cell)
      if (opened !== null) {
        if (opened === 'cover') counters.count('cover heard')
        return opened
      }
    }
    counters.count('cells not readable')
    return null
  })
}

// Bad input is normal input: only what is not a refusal of the format is a bug and goes on up.
function refuseQuietly<Result>(counters: Counters, read: () => Result): Result | null {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof PluginError)) throw error
    counters.count('cells refused')
    return null
  }
}
