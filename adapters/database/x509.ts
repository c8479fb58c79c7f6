// The X.509 authority and what it issued, in the database.
import type { Knex } from 'knex'
import type { RevocationReason, UserAddress, X509Entry, X509Peer, X509Store } from '../../plugin/ports.js'

interface Row {
  readonly serial: string
  readonly user_address: UserAddress | null
  readonly issued: number
  readonly expires: number
  readonly revoked: number | null
  readonly reason: RevocationReason | null
  readonly reminded: number
}

/** The store of one database. The key comes here sealed. */
export function createX509Store(db: Knex): X509Store {
  const authorities = () => db<{ id: number; certificate: string; key: Buffer }>('x509_authority')
  const certificates = () => db<Row>('x509_certificates')
  return {
    async loadX509Authority() {
      return (await authorities().select('certificate', 'key').first()) ?? null
    },
    async saveX509Authority({ certificate, key }) {
      await authorities().insert({ id: 1, certificate, key }).onConflict('id').merge()
    },
    ...createPeers(db),
    async putX509(entry) {
      await certificates().insert(rowOf(entry)).onConflict('serial').merge()
    },
    async listX509(user, expiresAfter) {
      const alive = certificates().where('expires', '>', expiresAfter).orderBy('issued', 'desc')
      return (await (user === null ? alive : alive.andWhere({ user_address: user }))).map(entryOf)
    },
  }
}

// The authorities of peers.
function createPeers(db: Knex): Pick<X509Store, 'loadX509Peer' | 'saveX509Peer'> {
  const peers = () => db<X509Peer>('x509_peers')
  return {
    loadX509Peer: async domain => (await peers().where({ domain }).first()) ?? null,
    async saveX509Peer(peer) {
      await peers().insert(peer).onConflict('domain').merge()
    },
  }
}

function rowOf({ user, revoked, reminded, ...rest }: X509Entry): Row {
  return {
    ...rest,
    user_address: user,
    revoked: revoked?.time ?? null,
    reason: revoked?.reason ?? null,
    reminded: Number(reminded),
  }
}

function entryOf({ user_address: user, revoked, reason, reminded, ...rest }: Row): X509Entry {
  return {
    ...rest,
    user,
    revoked: revoked === null ? null : { time: revoked, reason: reason ?? 'unspecified' },
    reminded: reminded !== 0,
  }
}
