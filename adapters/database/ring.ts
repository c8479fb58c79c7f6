// The key ring in the database.
import type { Knex } from 'knex'
import type { RingEntry, RingStore } from '../../plugin/ports.js'

/** The store of one database. */
export function createRingStore(db: Knex): RingStore {
  const ring = () => db<RingEntry>('ring')
  return {
    async find(kind, subject) {
      return (await ring().where({ kind, subject }).first()) ?? null
    },
    list(kind, domain, changedAfter, most) {
      const matching = ring().where({ kind }).andWhere('changed', '>', changedAfter).orderBy('changed')
      const ofDomain = domain === null ? matching : matching.andWhere({ domain })
      return most === undefined ? ofDomain : ofDomain.limit(most)
    },
    async changedBetween(from, to, most) {
      const span = ring().select('fingerprint').whereIn('kind', ['server', 'user'])
      const rows = await span
        .andWhere('changed', '>=', from)
        .andWhere('changed', '<', to)
        .orderBy('changed')
        .limit(most)
      return rows.map(({ fingerprint }) => fingerprint)
    },
    withKey: keyId =>
      ring()
        .select('ring.*')
        .join('ring_keys', { 'ring.kind': 'ring_keys.kind', 'ring.subject': 'ring_keys.subject' })
        .where('ring_keys.key_id', keyId)
        .limit(16),
    async put(
      { kind, subject, domain, fingerprint, certificate, changed },
      keyIds = [fingerprint.slice(-16)],
    ) {
      const row = { kind, subject, domain, fingerprint, certificate, changed }
      const keys = [...new Set(keyIds)].map(keyId => ({ kind, subject, key_id: keyId }))
      await db.transaction(async change => {
        await change('ring').insert(row).onConflict(['kind', 'subject']).merge()
        await change('ring_keys').where({ kind, subject }).delete()
        if (keys.length > 0) await change('ring_keys').insert(keys)
      })
    },
  }
}
