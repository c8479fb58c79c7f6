// Own contexts and lent rooms, hosted keys, users' routes and rules, visits, and what was seen in DNS, in the database.
// Own contexts, hosted keys, users' routes, rules and contact lists, visits, and what was seen in DNS, in the database.
import type { Knex } from 'knex'
import type {
  ContextAddress,
  ContextStore,
  DnsStore,
  Domain,
  HostedKeyStore,
  RoomStore,
  PresenceStore,
  RouteStore,
  RoutingStore,
  UserAddress,
  VisitStore,
} from '../../plugin/ports.js'
import { createBatcher } from './batch.js'
import { boundValues, slices } from './values.js'

/** The store of one database. Keys come here sealed. */
export function createContextStore(db: Knex): ContextStore {
  return {
    loadContexts: () => db('contexts').select('name', 'context_group as group', 'keys').orderBy('name'),
    async saveContext({ name, group, keys }) {
      await db('contexts').insert({ name, context_group: group, keys }).onConflict('name').merge()
    },
    async removeContext(name) {
      await db('contexts').where({ name }).delete()
    },
  }
}

/** The store of one database. What is kept of rooms comes here sealed. */
export function createRoomStore(db: Knex): RoomStore {
  const rooms = () => db<{ room: ContextAddress; sealed: Buffer }>('rooms')
  return {
    loadRooms: () => rooms().select('room', 'sealed').orderBy('room'),
    async saveRoom(room, sealed) {
      await rooms().insert({ room, sealed }).onConflict('room').merge()
    },
    async removeRoom(room) {
      await rooms().where({ room }).delete()
    },
  }
}

/** The store of one database. Keys come here sealed. */
export function createHostedKeyStore(db: Knex): HostedKeyStore {
  return {
    async loadHostedKey(user) {
      const row = await db<{ user_address: string; sealed: Buffer }>('hosted_keys')
        .where({ user_address: user })
        .first()
      return row?.sealed ?? null
    },
    async saveHostedKey(user, sealed) {
      await db('hosted_keys').insert({ user_address: user, sealed }).onConflict('user_address').merge()
    },
    async removeHostedKey(user) {
      await db('hosted_keys').where({ user_address: user }).delete()
    },
  }
}

interface RouteRow {
  readonly user_address: string
  readonly destination: string
  readonly route: string
}

/** The store of one database. Each message asks: questions that come together are answered together. */
export function createRouteStore(db: Knex): RouteStore {
  const routes = () => db<RouteRow>('routes')
  const read = createBatcher((ways: readonly Way[]) => selectRoutes(db, ways), 2)
  return {
    loadRoute: (user, destination) => read([user, destination]),
    async saveRoute(user, destination, route) {
      const key = { user_address: user, destination }
      if (route === null) await routes().where(key).delete()
      else
        await routes()
          .insert({ ...key, route: JSON.stringify(route) })
          .onConflict(['user_address', 'destination'])
          .merge()
    },
    async removeRoutes(user) {
      await routes().where({ user_address: user }).delete()
    },
  }
}

type Way = readonly [user: UserAddress, destination: Domain]

async function selectRoutes(db: Knex, ways: readonly Way[]): Promise<(Domain[] | null)[]> {
  const found = new Map<string, Domain[]>()
  for (const some of slices(ways)) {
    const wanted = `(user_address, destination) in (values ${boundValues(some)})`
    for (const { user_address: user, destination, route } of await db<RouteRow>('routes').whereRaw(
      wanted,
      some.flat(),
    ))
      found.set(`${user} ${destination}`, JSON.parse(route) as Domain[])
  }
  return ways.map(way => found.get(way.join(' ')) ?? null)
}

/** The store of one database. Rules come here sealed. */
export function createRoutingStore(db: Knex): RoutingStore {
  const rules = () => db<{ user_address: UserAddress; sealed: Buffer }>('routing_rules')
  return {
    async loadRules(user) {
      const row = await rules().where({ user_address: user }).first()
      return row?.sealed ?? null
    },
    async saveRules(user, sealed) {
      if (sealed === null) await rules().where({ user_address: user }).delete()
      else await rules().insert({ user_address: user, sealed }).onConflict('user_address').merge()
    },
    listRuled: () => rules().orderBy('user_address').pluck('user_address'),
  }
}

/** The store of one database. Lists come here sealed. */
export function createPresenceStore(db: Knex): PresenceStore {
  const lists = () => db<{ user_address: UserAddress; sealed: Buffer }>('contact_lists')
  return {
    async loadListed(user) {
      const row = await lists().where({ user_address: user }).first()
      return row?.sealed ?? null
    },
    async saveListed(user, sealed) {
      if (sealed === null) await lists().where({ user_address: user }).delete()
      else await lists().insert({ user_address: user, sealed }).onConflict('user_address').merge()
    },
    listListing: () => lists().orderBy('user_address').pluck('user_address'),
  }
}

/** The store of one database. Visits come here sealed. */
export function createVisitStore(db: Knex): VisitStore {
  const visits = () => db<{ name: Buffer; sealed: Buffer }>('visits')
  return {
    listVisits: () => visits().select('name', 'sealed'),
    async saveVisit(name, sealed) {
      await visits().insert({ name, sealed }).onConflict('name').merge()
    },
    async removeVisit(name) {
      await visits().where({ name }).delete()
    },
  }
}

/** The store of one database. */
export function createDnsStore(db: Knex): DnsStore {
  const rows = () => db<{ domain: string; secured: boolean | number; number: number | string }>('dns_seen')
  return {
    async loadDnsSeen(domain) {
      const row = await rows().where({ domain }).first()
      return row === undefined ? null : { secured: Boolean(row.secured), number: Number(row.number) }
    },
    async saveDnsSeen(domain, seen) {
      await rows()
        .insert({ domain, ...seen })
        .onConflict('domain')
        .merge()
    },
  }
}
