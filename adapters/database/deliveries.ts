// Messages on their way, in the database.
import type { Knex } from 'knex'
import type {
  DeliveryStore,
  IncomingPart,
  IncomingState,
  OutgoingEntry,
  VisitedEntry,
} from '../../plugin/ports.js'
import { createBatcher } from './batch.js'
import { boundValues, slices } from './values.js'

interface Accepted {
  readonly name: Buffer
  readonly entry: OutgoingEntry
}

interface IncomingRow {
  readonly name: Buffer
  readonly next: number
  readonly showing: 0 | 1 | boolean
  readonly unshown: string
}

interface Conversation {
  readonly name: Buffer
  readonly conversation: Buffer
  readonly next: number
}

/** The store of one database. What is sealed comes here sealed. */
export function createDeliveryStore(db: Knex): DeliveryStore {
  const writeOutgoing = createBatcher((batch: readonly Accepted[]) => insertOutgoing(db, batch))
  const readConversation = createBatcher((names: readonly Buffer[]) => selectConversations(db, names), 2)
  const writePart = createBatcher((parts: readonly IncomingPart[]) => insertParts(db, parts))
  const outgoing = () => db<OutgoingEntry>('outgoing')
  const parts = () => db<IncomingPart>('parts')
  return {
    loadConversation: readConversation,
    async addOutgoing(name, entry) {
      await writeOutgoing({ name, entry })
    },
    listOutgoing: () => outgoing().select('conversation', 'sequence', 'accepted').orderBy('sequence'),
    async loadOutgoing(conversation, sequence) {
      return (await outgoing().where({ conversation, sequence }).first('sealed'))?.sealed ?? null
    },
    async replaceOutgoing(conversation, sequence, sealed) {
      await outgoing().where({ conversation, sequence }).update({ sealed })
    },
    async removeOutgoing(conversation, sequence) {
      await outgoing().where({ conversation, sequence }).delete()
    },
    async loadIncoming(name) {
      // SQLite has no booleans, it gives 0 and 1.
      const row = await db<IncomingRow>('incoming').where({ name }).first()
      if (!row) return null
      const { next, showing, unshown } = row
      return {
        next,
        showing: showing === true || showing === 1,
        unshown: JSON.parse(unshown) as IncomingState['unshown'],
      }
    },
    async saveIncoming(name, { next, showing, unshown }) {
      const row = { name, next, showing, unshown: JSON.stringify(unshown) }
      await db('incoming').insert(row).onConflict('name').merge()
    },
    async addPart(part) {
      await writePart(part)
    },
    listParts: (name, from) =>
      parts().where({ name }).andWhere('sequence', '>=', from).orderBy(['sequence', 'part']),
    async removeParts(name, before) {
      await parts().where({ name }).andWhere('sequence', '<', before).delete()
    },
    listIncoming: () => parts().distinct('name').pluck('name'),
    async saveVisited(entry) {
      await db('visited').insert(entry).onConflict('name').merge()
    },
    listVisited: () => db<VisitedEntry>('visited').select('name', 'sealed'),
    async removeVisited(name) {
      await db('visited').where({ name }).delete()
    },
    async forgetConversations() {
      await db.transaction(async change => {
        for (const table of ['conversations', 'parts']) await change(table).delete()
      })
    },
  }
}

async function selectConversations(
  db: Knex,
  names: readonly Buffer[],
): Promise<(Omit<Conversation, 'name'> | null)[]> {
  const found = new Map<string, Omit<Conversation, 'name'>>()
  for (const some of slices(names)) {
    const wanted = `name in (${some.map(() => '?').join(', ')})`
    const rows = await db<Conversation>('conversations').whereRaw(wanted, some)
    for (const { name, conversation, next } of rows) found.set(name.toString('hex'), { conversation, next })
  }
  return names.map(name => found.get(name.toString('hex')) ?? null)
}

// Of each conversation the newest message says which number comes next.
async function insertOutgoing(db: Knex, batch: readonly Accepted[]): Promise<null[]> {
  const messages = batch.map(({ entry }) => [
    entry.conversation,
    entry.sequence,
    entry.accepted,
    entry.sealed,
  ])
  const newest = new Map(
    batch.map(({ name, entry }) => [name.toString('hex'), [name, entry.conversation, entry.sequence + 1]]),
  )
  await db.transaction(async change => {
    const insert = 'insert into outgoing (conversation, sequence, accepted, sealed) values'
    for (const rows of slices(messages)) await change.raw(`${insert} ${boundValues(rows)}`, rows.flat())
    const point = 'insert into conversations (name, conversation, next) values'
    const again =
      'on conflict (name) do update set conversation = excluded.conversation, next = excluded.next'
    for (const rows of slices([...newest.values()]))
      await change.raw(`${point} ${boundValues(rows)} ${again}`, rows.flat())
  })
  return batch.map(() => null)
}

async function insertParts(db: Knex, parts: readonly IncomingPart[]): Promise<null[]> {
  for (const rows of slices(parts)) await db('parts').insert(rows).onConflict().ignore()
  return parts.map(() => null)
}
