// Sends a payload as a vouched parcel along a route, and checks what arrives before anybody is shown it (PROTO s6, s10).
import { domainOf } from '../addresses.js'
import { PluginError } from '../errors.js'
import type { Contents, Hop } from '../mor/index.js'
import { currentRoutingKey, usableWrappingKey } from '../openpgp/index.js'
import type { Directory } from '../pki/index.js'
import type { Clock, Counters, Domain, Random, RouteStore, Trace } from '../ports.js'
import type { Work } from '../work.js'
import { encodeParcel, parseParcel, type Parcel } from './parcel.js'
import { randomRoute } from './route.js'

/** A message between two users, opaque here. */
export type Mail = Pick<Parcel, 'sender' | 'recipient' | 'payload'>

export interface DeliveryOptions {
  readonly domain: Domain
  readonly directory: Directory
  readonly routes: RouteStore
  readonly routeLength: number
  /** Servers that can be hops now, own one included. */
  readonly reachable: () => readonly Domain[]
  readonly sign: (octets: Buffer) => Promise<Buffer>
  readonly send: (route: readonly Hop[], contents: Contents) => void
  /** Takes mail whose sender is sure. */
  readonly accept: (mail: Mail) => Promise<void>
  readonly work: Work
  readonly clock: Clock
  readonly random: Random
  readonly counters: Counters
  readonly trace: Trace
}

export interface Delivery {
  /**
   * Puts mail on its way.
   * @throws PluginError `route-unreachable`, `recipient-unknown`, `message-too-long`, `queue-full`
   */
  send(mail: Mail): Promise<void>
  /** Takes the contents of a `deliver` layer. @throws PluginError when it is not to be shown */
  receive(parcel: Buffer): Promise<void>
}

// A random route stays a while: with a new one for every message, some would soon pass only hostile servers.
const routeKeptFor = 3_600_000
const mostRoutesKept = 10_000
// Cells wait and peers' clocks differ; what is older was held back.
const longestWay = 7 * 86_400

export function createDelivery(options: DeliveryOptions): Delivery {
  const chooseRoute = createRouteChoice(options)
  return {
    async send(mail) {
      const route = await Promise.all((await chooseRoute(mail)).map(server => hopOf(options, server)))
      const parcel = { ...mail, ...newTransaction(options) }
      const contents = { kind: 'deliver' as const, parcel: await encodeParcel(parcel, options.sign) }
      options.send(route, contents)
      options.counters.count('messages sent')
    },
    async receive(octets) {
      const { parcel, signed, voucher } = parseParcel(octets)
      await ensureVouched(options, parcel, signed, voucher)
      options.trace({ event: 'delivered', octets: parcel.payload.length })
      await options.accept(parcel)
      options.counters.count('messages delivered')
    },
  }
}

function newTransaction({ random, clock }: DeliveryOptions): Omit<Parcel, keyof Mail> {
  return { transaction: random.octets(16), part: 0, parts: 1, sent: Math.floor(clock.now() / 1000) }
}

async function ensureVouched(
  options: DeliveryOptions,
  parcel: Parcel,
  signed: Buffer,
  voucher: Buffer,
): Promise<void> {
  const { clock, work } = options
  const now = clock.now()
  if (domainOf(parcel.recipient) !== options.domain) throw refused('is for another server')
  if (Math.abs(now / 1000 - parcel.sent) > longestWay) throw refused('is too old')
  const certificate = await options.directory.server(domainOf(parcel.sender))
  if (!certificate || !(await work.run('verifyDocument', certificate.octets, signed, voucher, now)))
    throw refused('has no valid voucher')
}

function refused(reason: string): PluginError {
  return new PluginError('bad-format', `A delivered message ${reason}.`)
}

async function hopOf({ directory, clock }: DeliveryOptions, server: Domain): Promise<Hop> {
  const certificate = await directory.server(server)
  if (!certificate) throw unreachable(server)
  const key = usableWrappingKey(await currentRoutingKey(certificate, clock.now()))
  return { server: certificate.fingerprint, key }
}

function createRouteChoice(options: DeliveryOptions): (mail: Mail) => Promise<readonly Domain[]> {
  const { domain, routes, routeLength, random, clock } = options
  const kept = new Map<string, { route: readonly Domain[]; until: number }>()
  return async ({ sender, recipient }) => {
    const destination = domainOf(recipient)
    const reachable = options.reachable()
    const chosen = await routes.loadRoute(sender, destination)
    if (chosen) return ensureReachable(chosen, reachable)
    if (!reachable.includes(destination)) throw unreachable(destination)
    const name = `${sender} ${destination}`
    const last = kept.get(name)
    if (last && last.until > clock.now() && last.route.every(server => reachable.includes(server)))
      return last.route
    const route = randomRoute(domain, destination, reachable, routeLength, random)
    keep(kept, name, { route, until: clock.now() + routeKeptFor })
    return route
  }
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

function unreachable(server: Domain): PluginError {
  return new PluginError(
    'route-unreachable',
    `The server ${server} can not be reached over P3DO now. Nothing was sent; try again later or choose another route.`,
  )
}
