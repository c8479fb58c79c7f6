// Upgrades: a database of every version opens, what it holds is there, and a message that waited goes out.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { openStore } from '../../../adapters/database/index.js'
import { systemRandom } from '../../../adapters/random.js'
import { migrations } from '../../../migrations/index.js'
import { parseParcel } from '../../../plugin/delivery/parcel.js'
import { loadOutgoing } from '../../../plugin/delivery/outgoing-message.js'
import { createSealer } from '../../../plugin/sealer.js'
import { counted } from '../../_counted-work.js'
import { startDeliveries } from '../../_deliveries.js'
import { accepted, fileOf, octets, openPlain, rows, sealKey, waiting } from '../../vectors/databases.js'
import { testFolder } from '../../_folder.js'

/** A folder with the database of a version, and which tables it has. */
async function databaseOf(t: Test, version: string) {
  const folder = testFolder(t)
  const db = openPlain(join(folder, 'p3do.db'))
  for (const statement of (await readFile(fileOf(version), 'utf8')).split(';\n'))
    if (statement !== '') await db.raw(statement.replaceAll('?', '\\?'))
  const tables: string[] = []
  for (const table of Object.keys(rows)) if (await db.schema.hasTable(table)) tables.push(table)
  await db.destroy()
  return { folder, tables }
}

for (const { name } of migrations) {
  t.test(`a database of ${name} is brought up to date with all its rows`, async t => {
    const { folder, tables } = await databaseOf(t, name)
    t.ok(tables.length >= 6)
    await (await openStore(folder)).close()
    const db = openPlain(join(folder, 'p3do.db'))
    for (const table of tables) {
      const found = await db<Record<string, unknown>>(table)
      // What is sealed differs each time that it is sealed.
      const wanted = (rows[table] ?? []).map(({ sealed, ...row }) =>
        table === 'outgoing' ? row : { ...row, sealed },
      )
      t.match(found, wanted, table)
      t.equal(found.length, wanted.length, table)
    }
    const done = await db('knex_migrations').orderBy('id').pluck<string[]>('name')
    t.same(
      done,
      migrations.map(migration => migration.name),
    )
    await db.destroy()
    const store = await openStore(folder)
    t.teardown(() => store.close())
    t.same(await store.loadSeen(0), [octets(1)])
    t.equal(await store.addOpened(octets(2), accepted + 1), false, 'replays are still told')
    t.same((await store.find('user', 'dora@d.example'))?.certificate, octets(4))
    t.equal((await store.withKey('ab'.repeat(8))).length, 1)
    if (!tables.includes('outgoing')) return
    const [entry] = await store.listOutgoing()
    t.match(entry && (await loadOutgoing(store, createSealer(sealKey), entry)), waiting)
  })
}

t.test('a message that waited in the first version that had any goes out', async t => {
  const { folder } = await databaseOf(t, '0003-deliveries')
  const store = await openStore(folder)
  const lab = await startDeliveries(systemRandom, accepted, {
    store: counted(store),
    sealer: createSealer(sealKey),
  })
  t.teardown(async () => {
    lab.stop()
    await store.close()
  })
  while (lab.a.sent.length === 0) await lab.pass(50)
  const { parcel } = parseParcel(lab.a.lastParcel())
  t.match(parcel, {
    sender: waiting.sender,
    recipient: waiting.recipient,
    payload: waiting.payload,
    sequence: 4,
  })
})
