// A store that lives in memory: for simulation, and as the twin of the database in tests.
import { createMemoryDeliveries } from './deliveries.js'
import type {
  DnsSeen,
  DnsStore,
  Domain,
  HostedKeyStore,
  RingEntry,
  RouteStore,
  Store,
} from '../../plugin/ports.js'
import { createMemoryPeers } from './peers.js'
import { createMemoryX509Store } from './x509-store.js'

/** Keeps everything until the process ends; survives a stop and start of the plugin that is given it again. */
export function createMemoryStore(): Store {
  const seen = new Map<string, { hash: Buffer; expires: number }>()
  const opened = new Map<string, number>()
  const contexts = new Map<string, { name: string; group: string; keys: Buffer }>()
  const ring = new Map<string, RingEntry>()
  const keyIdsOf = new Map<string, readonly string[]>()
  const done = Promise.resolve()

  return {
    ...createMemoryDeliveries(),
    ...createMemoryPeers(),
    ...createMemoryX509Store(),
    loadSeen: now =>
      Promise.resolve([...seen.values()].filter(entry => entry.expires > now).map(({ hash }) => hash)),
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
    find: (kind, subject) => Promise.resolve(ring.get(`${kind} ${subject}`) ?? null),
    list(kind, domain, changedAfter, most) {
      const matching = [...ring.values()].filter(
        entry =>
          entry.kind === kind && (domain === null || entry.domain === domain) && entry.changed > changedAfter,
      )
      return Promise.resolve(matching.sort((one, other) => one.changed - other.changed).slice(0, most))
    },
    withKey(keyId) {
      const names = [...keyIdsOf].filter(([, keyIds]) => keyIds.includes(keyId)).map(([name]) => name)
      return Promise.resolve(names.flatMap(name => ring.get(name) ?? []).slice(0, 16))
    },
    put(entry, keyIds = [entry.fingerprint.slice(-16)]) {
      keyIdsOf.set(`${entry.kind} ${entry.subject}`, keyIds)
      return Promise.resolve(void ring.set(`${entry.kind} ${entry.subject}`, entry))
    },
    ...createMemoryHostedKeys(),
    ...createMemoryRoutes(),
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
  }
}
