// Deliveries of federated servers without rooms between them: what one sends, the test hands to the other.
import { systemRandom } from '../adapters/random.js'
import { parseUserAddress } from '../plugin/addresses.js'
import { createDelivery, type Delivery, type Mail } from '../plugin/delivery/index.js'
import type { Contents, Hop } from '../plugin/mor/index.js'
import type { Domain, Random } from '../plugin/ports.js'
import { sameThread } from '../plugin/work.js'
import { createFederated, type FederatedServer } from './_federated.js'

export interface DeliveringServer extends FederatedServer {
  readonly delivery: Delivery
  /** What it put on its way. */
  readonly sent: { readonly route: readonly Hop[]; readonly contents: Contents }[]
  readonly accepted: Mail[]
  /** Servers that can be hops; the test may change it. */
  reachable: Domain[]
  /** The servers of the last route, by name. */
  lastRoute(): string[]
  /** The last parcel that it sent. */
  lastParcel(): Buffer
}

/** Three federated servers with a delivery each. */
export async function startDeliveries(random: Random = systemRandom, start?: number) {
  const lab = createFederated(start)
  const names = ['a', 'b', 'c']
  const servers = await Promise.all(
    names.map(name => lab.add(name, { peers: names.filter(other => other !== name) })),
  )
  for (const { federation } of servers) federation.start()
  await lab.pass(5000)
  const domains = servers.map(({ domain }) => domain)
  const nameOf = new Map(servers.map(({ identity, domain }) => [identity.fingerprint, domain]))
  const [a, b, c] = servers.map(server => withDelivery(server, domains, nameOf, lab.clock, random))
  if (!a || !b || !c) throw new Error('Three were made.')
  const stop = (): void => servers.forEach(server => server.stop())
  return { ...lab, a, b, c, stop }
}

function withDelivery(
  server: FederatedServer,
  reachable: readonly Domain[],
  nameOf: ReadonlyMap<string, Domain>,
  clock: ReturnType<typeof createFederated>['clock'],
  random: Random,
): DeliveringServer {
  const [sent, accepted] = [[] as DeliveringServer['sent'], [] as Mail[]]
  const delivering: DeliveringServer = {
    ...server,
    reachable: [...reachable],
    sent,
    accepted,
    lastRoute: () => (sent.at(-1)?.route ?? []).map(hop => nameOf.get(hop.server) ?? 'unknown'),
    lastParcel: () => parcelOf(sent.at(-1)?.contents),
    delivery: createDelivery({
      domain: server.domain,
      directory: server.directory,
      routes: server.store,
      routeLength: 3,
      reachable: () => delivering.reachable,
      sign: octets => server.identity.authority.signStatement(octets),
      send: (route, contents) => void sent.push({ route, contents }),
      accept: mail => Promise.resolve(void accepted.push(mail)),
      work: sameThread,
      clock,
      random,
      counters: server.counters,
      trace: () => undefined,
    }),
  }
  return delivering
}

function parcelOf(contents: Contents | undefined): Buffer {
  if (contents?.kind !== 'deliver') throw new Error('Nothing was sent.')
  return contents.parcel
}

export const alice = parseUserAddress('alice@a.example')
export const bob = parseUserAddress('bob@b.example')

/** Mail from Alice to Bob. */
export function someMail(payload = 'opaque', sender = alice, recipient = bob): Mail {
  return { sender, recipient, payload: Buffer.from(payload) }
}
