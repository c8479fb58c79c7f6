// Which servers a message takes: the sender's own choice or a random one, the recipient's server last (PROTO s10).
import { PluginError } from '../errors.js'
import { longestRoute, shortestRoute } from '../mor/index.js'
import type { Domain, Random } from '../ports.js'

/**
 * Checks a route that a user chose.
 * @throws PluginError `route-invalid` with what is wrong
 */
export function ensureValidRoute(route: readonly Domain[]): void {
  if (route.length < shortestRoute || route.length > longestRoute) {
    throw new PluginError(
      'route-invalid',
      `A route has ${String(shortestRoute)} to ${String(longestRoute)} servers; the last is your contact's.`,
    )
  }
  if (route.some((server, position) => server === route[position + 1])) {
    throw new PluginError('route-invalid', 'A route can not name the same server twice in a row.')
  }
}

/**
 * A random route to a destination. No server stands twice in a row, none twice at all while there are others, and the
 * sender's own server is not the first, where another can be.
 * @param reachable servers that can be hops now, own one included
 * @throws PluginError `route-unreachable` when there are not servers enough
 */
export function randomRoute(
  own: Domain,
  destination: Domain,
  reachable: readonly Domain[],
  length: number,
  random: Random,
): Domain[] {
  const others = shuffle(
    reachable.filter(server => server !== destination),
    random,
  )
  const first = others.find(server => server !== own) ?? others[0]
  if (first === undefined) {
    throw new PluginError(
      'route-unreachable',
      'No third server can be reached now, so that no route of two servers exists. Try again in a minute.',
    )
  }
  const rest = others.filter(server => server !== first)
  return [first, ...rest.slice(0, length - 2), destination]
}

function shuffle(servers: readonly Domain[], random: Random): Domain[] {
  const left = [...servers]
  return Array.from({ length: left.length }, () => left.splice(random.below(left.length), 1)).flat()
}
