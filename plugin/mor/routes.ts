// Which contexts lead to which servers, as their speakers tell; extra hops and random routes are chosen from it (PROTO s8.4).
import type { WrappingKey } from '../openpgp/index.js'
import type { ContextAddress, Fingerprint, Random } from '../ports.js'

/** A context as a way to servers: who speaks there, its key of the day, and how far whom it reaches. */
export interface ContextRoute {
  readonly context: ContextAddress
  readonly speaker: Fingerprint
  readonly epoch: number
  readonly key: WrappingKey
  /** Server to number of contexts on the way: 1 for the context's own listeners. */
  readonly reaches: ReadonlyMap<Fingerprint, number>
  /** Whether its speaker itself told it, not another server that knows it as a route. */
  readonly direct: boolean
  /** Only chosen servers may know it, so that it is told to nobody. */
  readonly lent?: true
}

/** Most contexts that are remembered, and the distance from which on nothing is believed. */
const mostRoutes = 4096
export const farthest = 16

export interface Routes {
  learn(route: ContextRoute): void
  /** Forgets contexts whose key is older than that day. */
  forgetBefore(epoch: number): void
  all(): readonly ContextRoute[]
  /** A context that leads to a server, one of the nearest, not spoken by any of `avoid`; `null` where there is none. */
  pick(to: Fingerprint, avoid: readonly Fingerprint[], random: Random): ContextRoute | null
}

export function createRoutes(): Routes {
  const routes = new Map<ContextAddress, ContextRoute>()
  return {
    learn(route) {
      const known = routes.get(route.context)
      if (known ? isBetter(route, known) : routes.size < mostRoutes) routes.set(route.context, route)
    },
    forgetBefore(epoch) {
      for (const route of routes.values()) if (route.epoch < epoch) routes.delete(route.context)
    },
    all: () => [...routes.values()],
    pick: (to, avoid, random) => pickNearest([...routes.values()], to, avoid, random),
  }
}

// A speaker's own word about its context stands against whatever others tell, and nobody takes over a context of another.
// Then only the newest key counts; of the same day, the shorter way.
function isBetter(route: ContextRoute, known: ContextRoute): boolean {
  if (route.direct !== known.direct) return route.direct
  if (route.speaker !== known.speaker) return false
  if (route.epoch !== known.epoch) return route.epoch > known.epoch
  return route.direct || nearest(route) <= nearest(known)
}

function nearest({ reaches }: ContextRoute): number {
  return Math.min(farthest, ...reaches.values())
}

function pickNearest(
  routes: ContextRoute[],
  to: Fingerprint,
  avoid: readonly Fingerprint[],
  random: Random,
): ContextRoute | null {
  const leading = routes.filter(({ speaker, reaches }) => reaches.has(to) && !avoid.includes(speaker))
  const distance = Math.min(...leading.map(({ reaches }) => reaches.get(to) ?? farthest))
  const best = leading.filter(({ reaches }) => reaches.get(to) === distance)
  return best.length === 0 ? null : (best[random.below(best.length)] ?? null)
}
