// Which way each message takes: the user's own choice, or a random route that stays for a while (PROTO s10).
import { PluginError } from '../errors.js'
import type { Clock, Domain, Random, RouteStore, UserAddress } from '../ports.js'
import { randomRoute } from './route.js'

export interface RouteChoiceOptions {
  readonly domain: Domain
  readonly routes: Pick<RouteStore, 'loadRoute'>
  readonly routeLength: number
  /** Servers that can be hops now, own one included. */
  readonly reachable: () => readonly Domain[]
  /** Servers that random routes avoid where there are others, the worst first. */
  readonly suspects: () => readonly Domain[]
  readonly random: Random
  readonly clock: Clock
}

export interface RouteChoice {
  /** The route of a user to a server. @throws PluginError `route-unreachable` */
  choose(sender: UserAddress, destination: Domain): Promise<readonly Domain[]>
  /**
   * One for whoever is away from his home, and nobody knows where: as to his home, with any other server last.
   * @throws PluginError `route-unreachable`
   */
  around(sender: UserAddress, home: Domain): Promise<readonly Domain[]>
  /** Takes another random route next time, since this one did not bring something there or back. */
  avoid(sender: UserAddress, destination: Domain): void
}

// A random route stays a while: with a new one for every message, some would soon pass only hostile servers.
const routeKeptFor = 3_600_000
const mostRoutesKept = 10_000

export function createRouteChoice(options: RouteChoiceOptions): RouteChoice {
  const { domain, routes, random } = options
  const kept = createKeptRoutes(options)
  return {
    async choose(sender, destination) {
      const reachable = options.reachable()
      const chosen = await routes.loadRoute(sender, destination)
      if (chosen) return ensureReachable(chosen, reachable)
      if (!reachable.includes(destination)) throw unreachable(destination)
      return kept.take(`${sender} ${destination}`, () => destination)
    },
    async around(sender, home) {
      const others = options.reachable().filter(server => server !== home)
      const chosen = await routes.loadRoute(sender, home)
      if (!chosen) return kept.take(`${sender} ${home} mailbox`, () => anyOf(others, domain, home, random))
      const way = ensureReachable(chosen.slice(0, -1), others)
      return [
        ...way,
        anyOf(
          others.filter(server => server !== way.at(-1)),
          domain,
          home,
          random,
        ),
      ]
    },
    avoid(sender, destination) {
      for (const name of [`${sender} ${destination}`, `${sender} ${destination} mailbox`]) kept.forget(name)
    },
  }
}

interface KeptRoutes {
  /** The route of that name while it can be used, else a new one. */
  take(name: string, end: () => Domain): readonly Domain[]
  forget(name: string): void
}

function createKeptRoutes({
  domain,
  routeLength,
  reachable,
  suspects,
  random,
  clock,
}: RouteChoiceOptions): KeptRoutes {
  const kept = new Map<string, { route: readonly Domain[]; until: number }>()
  const goodTo = (destination: Domain | undefined): readonly Domain[] =>
    withoutSuspects(reachable(), suspects(), destination === undefined ? [domain] : [domain, destination])
  return {
    take(name, end) {
      const last = kept.get(name)
      const good = goodTo(last?.route.at(-1))
      if (last && last.until > clock.now() && last.route.every(server => good.includes(server)))
        return last.route
      const destination = end()
      const route = randomRoute(domain, destination, goodTo(destination), routeLength, random)
      keep(kept, name, { route, until: clock.now() + routeKeptFor })
      return route
    },
    forget: name => void kept.delete(name),
  }
}

// The own server last would say nothing to those who hear the others alone.
function anyOf(servers: readonly Domain[], own: Domain, home: Domain, random: Random): Domain {
  const others = servers.filter(server => server !== own)
  const end = others[random.below(Math.max(1, others.length))] ?? servers[0]
  if (end === undefined) throw unreachable(home)
  return end
}

// Whoever can make honest servers look bad must not be able to choose who is left: half of them are avoided at most, the
// worst.
const mostAvoided = 1 / 2

function withoutSuspects(
  reachable: readonly Domain[],
  suspects: readonly Domain[],
  ends: readonly Domain[],
): readonly Domain[] {
  const hops = reachable.filter(server => !ends.includes(server))
  const most = Math.floor(hops.length * mostAvoided)
  const avoided = suspects.filter(server => hops.includes(server)).slice(0, most)
  return reachable.filter(server => !avoided.includes(server))
}

function keep<Value>(kept: Map<string, Value>, name: string, value: Value): void {
  kept.set(name, value)
  const [oldest] = kept.keys()
  if (kept.size > mostRoutesKept && oldest !== undefined) kept.delete(oldest)
}

function ensureReachable(route: readonly Domain[], reachable: readonly Domain[]): readonly Domain[] {
  const missing = route.find(server => !reachable.includes(server))
  if (missing !== undefined) throw unreachable(missing)
  return route
}

/** The error for a server that can be no hop now. */
export function unreachable(server: Domain, cause?: PluginError): PluginError {
  return new PluginError(
    'route-unreachable',
    `The server ${server} can not be reached over P3DO now. Nothing was sent; try again later or choose another route.`,
    { cause },
  )
}
