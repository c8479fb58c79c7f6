// Messages on their way, in the database.
import type { Knex } from 'knex'
import type { DeliveryStore, IncomingPart, IncomingState, OutgoingEntry } from '../../plugin/ports.js'
import { createBatcher } from './batch.js'

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

// Six values a row; SQLite takes 32,766 in one statement.
const rowsPerStatement = 1000

/** The store of one database. What is sealed comes here sealed. */
export function createDeliveryStore(db: Knex): DeliveryStore {
  const writeOutgoing = createBatcher((batch: readonly Accepted[]) => insertOutgoing(db, batch))
  const writePart = createBatcher((parts: readonly IncomingPart[]) => insertParts(db, parts))
  const outgoing = () => db<OutgoingEntry>('outgoing')
  const parts = () => db<IncomingPart>('parts')
  return {
    async loadConversation(name) {
      const conversations = db<{ name: Buffer; conversation: Buffer; next: number }>('conversations')
      return (await conversations.where({ name }).first('conversation', 'next')) ?? null
    },
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
    async forgetConversations() {
      await db.transaction(async change => {
        for (const table of ['conversations', 'parts']) await change(table).delete()
      })
    },
  }
}

// Of each conversation the newest message says which number comes next.
async function insertOutgoing(db: Knex, batch: readonly Accepted[]): Promise<null[]> {
  const newest = new Map(
    batch.map(({ name, entry: { conversation, sequence } }) => [
      name.toString('hex'),
      { name, conversation, next: sequence + 1 },
    ]),
  )
  await db.transaction(async change => {
    for (const rows of slices(batch.map(({ entry }) => entry))) await change('outgoing').insert(rows)
    for (const rows of slices([...newest.values()]))
      await change('conversations').insert(rows).onConflict('name').merge()
  })
  return batch.map(() => null)
}

async function insertParts(db: Knex, parts: readonly IncomingPart[]): Promise<null[]> {
  for (const rows of slices(parts)) await db('parts').insert(rows).onConflict().ignore()
  return parts.map(() => null)
}

function slices<Row>(rows: readonly Row[]): Row[][] {
  return Array.from({ length: Math.ceil(rows.length / rowsPerStatement) }, (_, index) =>
    rows.slice(index * rowsPerStatement, (index + 1) * rowsPerStatement),
  )
}
