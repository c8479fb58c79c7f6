// Sends an onion on its way towards a server: under extra hops, into the groups where it gets nearer (PROTO s8.4).
import type { Counters, Fingerprint, Random, Trace } from '../ports.js'
import type { TaggedOnion } from './cell.js'
import type { Flood } from './flood.js'
import { addExtraHop } from './onion.js'
import type { OwnContext } from './own-context.js'
import type { ContextRoute, Routes } from './routes.js'
import { shortName, type Bringer } from './speaker.js'

export interface OutwardOptions {
  readonly self: () => Fingerprint
  readonly routes: Routes
  readonly own: () => readonly OwnContext[]
  /** Groups that this server shares with another; all of its own for itself. */
  readonly sharedGroups: (server: Fingerprint) => readonly string[]
  /** Servers that can't be reached now: no extra hop goes through them. */
  readonly away: () => readonly Fingerprint[]
  readonly originate: Flood['originate']
  readonly random: Random
  readonly counters: Counters
  readonly trace: Trace
}

/**
 * Sends an onion that `next` must open.
 * @param extraHops how many layers to add, as far as they fit; a server of no shared group needs one at least
 * @param bringer who brought the onion out of which it came; `here` where it begins its way
 */
export type Outward = (onion: TaggedOnion, next: Fingerprint, extraHops: number, bringer: Bringer) => void

// The lengths of onions allow no more layers anyway.
const mostLayers = 3

export function createOutward(options: OutwardOptions): Outward {
  const { own, sharedGroups, counters } = options
  return (inner, next, extraHops, bringer) => {
    let [onion, target] = [inner, next]
    for (
      let added = 0;
      added < mostLayers && (added < extraHops || sharedGroups(target).length === 0);
      added++
    ) {
      const hop = addHop(options, onion, target, next)
      if (hop === null) {
        counters.count('extra hops not possible')
        break
      }
      onion = hop.onion
      target = hop.route.speaker
    }
    const groups = sharedGroups(target)
    const nearer = own().filter(({ group }) => groups.includes(group))
    options.originate(onion, nearer.length > 0 ? nearer : own(), bringer)
  }
}

// The next server itself as speaker of the extra hop would see two layers of its own; better than none.
function addHop(
  { routes, self, away, random, counters, trace }: OutwardOptions,
  onion: TaggedOnion,
  target: Fingerprint,
  next: Fingerprint,
): { onion: TaggedOnion; route: ContextRoute } | null {
  const avoid = [self(), ...away()]
  const route = routes.pick(target, [...avoid, next], random) ?? routes.pick(target, avoid, random)
  const wrapped = route && addExtraHop(onion, route.key, random)
  if (!wrapped) return null
  counters.count('extra hops added')
  trace({ event: 'added hop', onion: shortName(onion), as: shortName(wrapped), context: route.context })
  return { onion: wrapped, route }
}
