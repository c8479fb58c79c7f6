// Own contexts, hosted keys, users' routes and what was seen in DNS, in the database.
import type { Knex } from 'knex'
import type { ContextStore, DnsStore, Domain, HostedKeyStore, RouteStore } from '../../plugin/ports.js'

/** The store of one database. Keys come here sealed. */
export function createContextStore(db: Knex): ContextStore {
  return {
    loadContexts: () => db('contexts').select('name', 'context_group as group', 'keys').orderBy('name'),
    async saveContext({ name, group, keys }) {
      await db('contexts').insert({ name, context_group: group, keys }).onConflict('name').merge()
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
  }
}

/** The store of one database. */
export function createRouteStore(db: Knex): RouteStore {
  const routes = () => db<{ user_address: string; destination: string; route: string }>('routes')
  return {
    async loadRoute(user, destination) {
      const row = await routes().where({ user_address: user, destination }).first()
      return row === undefined ? null : (JSON.parse(row.route) as Domain[])
    },
    async saveRoute(user, destination, route) {
      const key = { user_address: user, destination }
      if (route === null) await routes().where(key).delete()
      else
        await routes()
          .insert({ ...key, route: JSON.stringify(route) })
          .onConflict(['user_address', 'destination'])
          .merge()
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
