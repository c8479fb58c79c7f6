// Room carriers on real servers, one for each, with delays of rooms twenty times shorter than in production.
import type { Element } from 'ltx'
import { createCounters, type ReadableCounters } from '../../../adapters/counters.js'
import { systemRandom } from '../../../adapters/random.js'
import { createLink, type Link } from '../../../adapters/xmpp/link.js'
import { createRooms } from '../../../adapters/xmpp/rooms.js'
import type { Carrier, Log } from '../../../plugin/ports.js'
import { createHurriedClock } from '../../_hurried-clock.js'
import type { Network, ServerName } from '../../lab/network.js'

export interface RoomHost {
  readonly carrier: Carrier
  readonly link: Link
  readonly counters: ReadableCounters
}

const quiet = () => undefined
const log: Log = { debug: quiet, info: quiet, warn: quiet, error: quiet }

/** Connects a component to one server of the network. */
export async function startRoomHost(network: Network, name: ServerName): Promise<RoomHost> {
  const { component, rooms, address } = network.servers[name]
  const counters = createCounters()
  const { domain, secret, port } = component
  const link = createLink({
    service: `xmpp://${address}:${port}`,
    domain,
    secret,
    random: systemRandom,
    log,
    counters,
  })
  const clock = createHurriedClock(20)
  const carrier = createRooms(link, {
    roomService: rooms,
    hostDomain: network.servers[name].domain,
    random: systemRandom,
    clock,
    log,
    counters,
  })
  await link.start()
  return { carrier, link, counters }
}

/** All stanzas that a component gets. */
export function stanzasOf(link: Link): Element[] {
  const stanzas: Element[] = []
  link.onStanza(stanza => stanzas.push(stanza))
  return stanzas
}
