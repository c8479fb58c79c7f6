// The XMPP host: one component link that carries contexts, peers' requests and users' messages (XEP-0114).
import type { Clock, Counters, Domain, Host, Log, Random } from '../../plugin/ports.js'
import { createAccounts } from './accounts.js'
import { createCommands } from './commands.js'
import { answerDiscovery } from './discovery.js'
import { answerTime } from './entity-time.js'
import { createLink } from './link.js'
import { createPeers } from './peers.js'
import { createProbe, type HostProbe } from './probe.js'
import { createRooms } from './rooms.js'
import { createRouting } from './routing.js'
import { acceptSubscriptions } from './subscriptions.js'
import { createUsers } from './users.js'
import { answerVcards } from './vcards.js'
import { createVisitors } from './visitors.js'

export { openLoneProbe } from './lone-probe.js'
export type { HostProbe, ProbeAnswer, ProbeQuestion } from './probe.js'

export interface XmppHostOptions {
  /** Address of the host's component port, e.g. `xmpp://127.0.0.1:5347`. */
  readonly service: string
  readonly domain: Domain
  readonly component: Domain
  readonly rooms: Domain
  readonly secret: string
  readonly clock: Clock
  readonly random: Random
  readonly counters: Counters
  readonly log: Log
}

/** The host, with what its adapter alone can tell. */
export interface XmppHost extends Host {
  readonly probe: HostProbe
}

/** Made once by the composition root; `start` connects. */
export function createXmppHost(options: XmppHostOptions): XmppHost {
  const hostDomain = options.domain
  const link = createLink({ ...options, domain: options.component })
  const shared = { ...options, link, hostDomain }
  const commands = createCommands(shared)
  answerDiscovery({ ...shared, nodes: commands.nodes })
  const presence = acceptSubscriptions(shared)
  answerVcards(shared)
  answerTime(shared)
  const carrier = createRooms(link, { ...shared, roomService: options.rooms })
  return {
    carrier,
    rooms: carrier.lent,
    probe: createProbe({ ...shared, carrier }),
    peers: createPeers(shared),
    users: { ...createUsers(shared), offerCommands: commands.offer },
    accounts: createAccounts(shared),
    routing: createRouting(shared),
    presence,
    visitors: createVisitors(shared),
    start: () => link.start(),
    onRefused: handler => void link.onRefused(handler),
    reconnect: link.reconnect,
    stop: () => link.stop(),
  }
}
