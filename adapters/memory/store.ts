// A store that lives in memory: for simulation, and as the twin of the database in tests.
import { createMemoryDeliveries } from './deliveries.js'
import type {
  AccountMark,
  AccountStore,
  ContextAddress,
  DnsSeen,
  DnsStore,
  Domain,
  HostedKeyStore,
  RoomStore,
  PresenceStore,
  RouteStore,
  RoutingStore,
  Store,
  UserAddress,
  VisitStore,
} from '../../plugin/ports.js'
import { createMemoryKeyChanges } from './key-changes.js'
import { createMemoryPeers } from './peers.js'
import { createMemoryPseudonyms } from './pseudonyms.js'
import { createMemoryRing } from './ring.js'
import { createMemoryX509Store } from './x509-store.js'

/** Keeps everything until the process ends; survives a stop and start of the plugin that is given it again. */
export function createMemoryStore(): Store {
  const seen = new Map<string, { hash: Buffer; expires: number }>()
  const opened = new Map<string, number>()
  const contexts = new Map<string, { name: string; group: string; keys: Buffer }>()
  const done = Promise.resolve()

  return {
    ...createMemoryDeliveries(),
    ...createMemoryPeers(),
    ...createMemoryX509Store(),
    ...createMemoryPseudonyms(),
    ...createMemoryRing(),
    loadSeen(now, after = Buffer.alloc(0), most) {
      const valid = [...seen.values()].filter(({ hash, expires }) => expires > now && hash.compare(after) > 0)
      const hashes = valid.map(({ hash }) => hash).sort((one, other) => one.compare(other))
      return Promise.resolve(hashes.slice(0, most))
    },
    addSeen(entries) {
      for (const entry of entries) seen.set(entry.hash.toString('hex'), entry)
      return done
    },
    addOpened(secret, expires) {
      const name = secret.toString('hex')
      if (opened.has(name)) return Promise.resolve(false)
      opened.set(name, expires)
      return Promise.resolve(true)
    },
    expire(now) {
      for (const [name, { expires }] of seen) if (expires <= now) seen.delete(name)
      for (const [name, expires] of opened) if (expires <= now) opened.delete(name)
      return done
    },
    loadContexts: () => Promise.resolve([...contexts.values()]),
    saveContext: context => Promise.resolve(void contexts.set(context.name, context)),
    removeContext: name => Promise.resolve(void contexts.delete(name)),
    ...createMemoryRooms(),
    ...createMemoryRing(),
    ...createMemoryHostedKeys(),
    ...createMemoryMarks(),
    ...createMemoryRoutes(),
    ...createMemoryRouting(),
    ...createMemoryVisits(),
    ...createMemoryPresences(),
    ...createMemoryKeyChanges(),
    ...createMemoryDnsStore(),
    close: () => done,
  }
}

function createMemoryDnsStore(): DnsStore {
  const dnsSeen = new Map<string, DnsSeen>()
  return {
    loadDnsSeen: domain => Promise.resolve(dnsSeen.get(domain) ?? null),
    saveDnsSeen: (domain, seen) => Promise.resolve(void dnsSeen.set(domain, seen)),
  }
}

function createMemoryHostedKeys(): HostedKeyStore {
  const hosted = new Map<string, Buffer>()
  return {
    loadHostedKey: user => Promise.resolve(hosted.get(user) ?? null),
    saveHostedKey: (user, sealed) => Promise.resolve(void hosted.set(user, sealed)),
    removeHostedKey: user => Promise.resolve(void hosted.delete(user)),
  }
}

function createMemoryMarks(): AccountStore {
  const marks = new Map<UserAddress, AccountMark>()
  return {
    loadMark: user => Promise.resolve(marks.get(user) ?? null),
    saveMark(user, mark) {
      if (mark === null) marks.delete(user)
      else marks.set(user, mark)
      return Promise.resolve()
    },
  }
}

function createMemoryRooms(): RoomStore {
  const rooms = new Map<ContextAddress, Buffer>()
  return {
    loadRooms: () => Promise.resolve([...rooms].map(([room, sealed]) => ({ room, sealed }))),
    saveRoom: (room, sealed) => Promise.resolve(void rooms.set(room, sealed)),
    removeRoom: room => Promise.resolve(void rooms.delete(room)),
  }
}

function createMemoryRouting(): RoutingStore {
  const rules = new Map<UserAddress, Buffer>()
  return {
    loadRules: user => Promise.resolve(rules.get(user) ?? null),
    saveRules(user, sealed) {
      if (sealed === null) rules.delete(user)
      else rules.set(user, sealed)
      return Promise.resolve()
    },
    listRuled: () => Promise.resolve([...rules.keys()].sort()),
  }
}

function createMemoryPresences(): PresenceStore {
  const lists = new Map<UserAddress, Buffer>()
  return {
    loadListed: user => Promise.resolve(lists.get(user) ?? null),
    saveListed(user, sealed) {
      if (sealed === null) lists.delete(user)
      else lists.set(user, sealed)
      return Promise.resolve()
    },
    listListing: () => Promise.resolve([...lists.keys()].sort()),
  }
}

function createMemoryVisits(): VisitStore {
  const visits = new Map<string, { readonly name: Buffer; readonly sealed: Buffer }>()
  return {
    listVisits: () => Promise.resolve([...visits.values()]),
    saveVisit: (name, sealed) => Promise.resolve(void visits.set(name.toString('hex'), { name, sealed })),
    removeVisit: name => Promise.resolve(void visits.delete(name.toString('hex'))),
  }
}

function createMemoryRoutes(): RouteStore {
  const routes = new Map<string, readonly Domain[]>()
  return {
    loadRoute(user, destination) {
      const route = routes.get(`${user} ${destination}`)
      return Promise.resolve(route ? [...route] : null)
    },
    saveRoute(user, destination, route) {
      if (route === null) routes.delete(`${user} ${destination}`)
      else routes.set(`${user} ${destination}`, route)
      return Promise.resolve()
    },
    removeRoutes(user) {
      for (const name of routes.keys()) if (name.startsWith(`${user} `)) routes.delete(name)
      return Promise.resolve()
    },
  }
}
