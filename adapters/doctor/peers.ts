// The peers of this server, and whether their plugins answer over the servers between.
import type { Config } from '../../plugin/config.js'
import { askControl } from '../control/index.js'
import type { HostProbe } from '../xmpp/index.js'
import { noLink, ok, unknown, wrong, type Finding } from './finding.js'

/** A server to federate with. */
export interface KnownPeer {
  readonly domain: string
  /** Address of its plugin. */
  readonly component: string
}

/** More are not looked at. */
export const mostPeers = 20

/** Those of the running plugin, which knows what was added to its configuration since, and where each answers. */
export async function peersOfRunning(data: string): Promise<readonly KnownPeer[]> {
  const { peers } = JSON.parse(await askControl(data, ['status', '--json'])) as {
    peers: readonly { readonly peer: string; readonly address: string }[]
  }
  return peers.map(({ peer, address }) => ({ domain: peer, component: address }))
}

/** Those of the configuration. */
export function peersOfConfig({ federation }: Config): readonly KnownPeer[] {
  return federation.peers
}

/** Whether the plugins of the peers answer over the servers between. */
export async function peerFindings(probe: HostProbe | null, peers: readonly KnownPeer[]): Promise<Finding[]> {
  if (probe === null) return [noLink()]
  if (peers.length === 0) return [noPeers()]
  return Promise.all(
    peers.slice(0, mostPeers).map(({ domain, component }) => peerFinding(probe, domain, component)),
  )
}

function noPeers(): Finding {
  return unknown(
    'There are no peers in the configuration, and none that were added since.',
    'Without one nobody can be written to: p3do peers add b.example. Those added so are seen while the plugin runs.',
  )
}

async function peerFinding(probe: HostProbe, domain: string, component: string): Promise<Finding> {
  const { reached, why } = await probe({ ask: 'ping', to: component })
  if (reached && why === null) return ok(`${component} answers: the way there and back is open.`)
  // A host says of a component that is away what others say of a whole server.
  const isServerThere = reached || (await probe({ ask: 'ping', to: domain })).reached
  if (isServerThere)
    return wrong(
      `${domain} is reached, but no plugin answers as ${component} (${why ?? ''}).`,
      `Its plugin may be stopped; ask the admin of ${domain}.`,
    )
  return wrong(
    `Neither ${component} nor ${domain} is reached (${why ?? ''}).`,
    `See whether the server port of this server is well; otherwise ask the admin of ${domain}, and see the log of the chat server.`,
  )
}
