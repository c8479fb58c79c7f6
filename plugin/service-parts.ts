// The parts of the running plugin, each with the options and the other parts that it uses.
import { createDelivery, hopsOf, type Delivery, type DeliveryOptions } from './delivery/index.js'
import { PluginError } from './errors.js'
import type { Gateway } from './gateway/index.js'
import type { People } from './identity/index.js'
import { createLoops, type Loops } from './loops/index.js'
import { startMor, type Mor } from './mor/index.js'
import {
  createFederation,
  createPeerList,
  initialChoices,
  startKeyWitnesses,
  startRingExchange,
  type Directory,
  type Federation,
  type ServerIdentity,
} from './pki/index.js'
import { createPresence, type Presence } from './presence/index.js'
import { profiles } from './profiles.js'
import { createRooms, mostRooms } from './rooms/index.js'
import type { ServiceOptions, WatchedOptions } from './service.js'
import type { Transparent } from './transparent/index.js'
import { homeWords } from './visits/index.js'
import { createX509, type X509 } from './x509/index.js'

export function connectPresence(options: WatchedOptions, people: () => People): Presence {
  return createPresence({
    ...options,
    ownerOf: pseudonym => people().pseudonyms.ownerOf(pseudonym),
    ensureSameAccount: user => people().ensureSameAccount(user),
  })
}

export function connectDelivery(
  options: ServiceOptions,
  identity: ServerIdentity,
  parts: Pick<
    DeliveryOptions,
    'directory' | 'federation' | 'reachable' | 'suspects' | 'open' | 'waits' | 'visits' | 'renewMailbox'
  > & {
    readonly transparent: Transparent
    readonly facing: Gateway['facing']
  },
): Delivery {
  return createDelivery({
    ...options,
    ...parts,
    pace: profiles[options.profile],
    sign: octets => identity.authority.signStatement(octets),
    dropsRepeats: () => options.host.users.dropsRepeats(),
    payerOf: sender => parts.facing(sender)?.user ?? sender,
    async visitOver(user, visit) {
      const account = parts.facing(user)?.user
      const body = homeWords(user, visit)
      if (account) await options.host.users.deliver({ user: account, contact: null, body }).catch(() => null)
    },
    async failed({ sender, recipient: contact, id }, reason) {
      const whose = parts.facing(sender)
      if (!whose) return
      const transparent = !whose.as && (await parts.transparent.isRouted(whose.user, contact))
      const to = { ...whose, contact, ...(transparent && { transparent }) }
      await options.host.users.fail({ ...to, ...(id !== null && { id }) }, reason)
    },
  })
}

export function connectMor(
  options: WatchedOptions,
  identity: ServerIdentity,
  { federation, loops, delivery }: { federation: Federation; loops: Loops; delivery: Delivery },
): Promise<Mor> {
  return startMor({
    ...options,
    pace: profiles[options.profile],
    routingKeys: () => identity.routingKeys,
    federation,
    carrier: options.host.carrier,
    looped: loops.returned,
    deliver: (octets, tag) => delivery.receive(octets, tag),
  })
}

export function connectRooms(options: WatchedOptions, federation: Federation, mor: () => Mor | null) {
  const { host, groups } = options
  const [group = ''] = groups
  return createRooms({
    ...options,
    federation,
    group,
    link: host.rooms,
    carrier: host.carrier,
    users: host.users,
    most: mostRooms(options),
    mor() {
      const started = mor()
      if (started) return started
      throw new PluginError('host-unreachable', 'The plugin is still starting. Try again in a moment.')
    },
  })
}

export function connectLoops(
  options: WatchedOptions,
  parts: Pick<DeliveryOptions, 'directory' | 'reachable'> & { federation: Federation },
): Loops {
  const { federation } = parts
  return createLoops({
    ...options,
    ...parts,
    pace: profiles[options.profile],
    self: () => federation.self,
    hops: route => hopsOf({ ...options, ...parts }, route),
  })
}

export async function connectPeers(options: WatchedOptions, identity: ServerIdentity, directory: Directory) {
  const { host, store } = options
  const peering = { ...options, configured: options.peers, link: host.peers }
  const federation = createFederation({
    ...options,
    identity,
    directory,
    link: host.peers,
    dnsSeen: store,
    choices: await initialChoices(peering),
  })
  const peers = await createPeerList(peering, federation)
  const stopRing = startRingExchange({ ...options, federation, directory, ring: store })
  const stopWitnesses = startKeyWitnesses({ ...options, federation, directory })
  return {
    federation,
    peers,
    stopExchange() {
      stopRing()
      stopWitnesses()
    },
  }
}

export function openX509(
  options: ServiceOptions,
  identity: ServerIdentity,
  directory: Directory,
  changed: () => void,
): X509 {
  return createX509({
    ...options,
    directory,
    changed,
    sign: octets => identity.authority.signStatement(octets),
    tell: (user, body) => options.host.users.deliver({ user, contact: null, body }),
  })
}
