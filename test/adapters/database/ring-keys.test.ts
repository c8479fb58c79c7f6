// A database from before certificates were found by key ID.
import { join } from 'node:path'
import database from 'knex'
import t from 'tap'
import { openStore } from '../../../adapters/database/index.js'
import { migrations } from '../../../migrations/index.js'
import { testFolder } from '../../_folder.js'

t.test('an older database finds its certificates by the ID of their primary keys', async t => {
  const folder = testFolder(t)
  const db = database.knex({
    client: 'sqlite3',
    connection: { filename: join(folder, 'p3do.db') },
    useNullAsDefault: true,
  })
  const migrationSource = {
    getMigrations: () => Promise.resolve(migrations.slice(0, 1)),
    getMigrationName: ({ name }: { name: string }) => name,
    getMigration: ({ up }: (typeof migrations)[number]) =>
      Promise.resolve({ up, down: () => Promise.resolve() }),
  }
  await db.migrate.latest({ migrationSource })
  const entry = {
    kind: 'user',
    subject: 'alice@a.example',
    domain: 'a.example',
    fingerprint: `04${'ab'.repeat(12)}0123456789abcdef`,
    certificate: Buffer.from([1]),
    changed: 1,
  }
  await db('ring').insert(entry)
  await db.destroy()
  const store = await openStore(folder)
  t.teardown(() => store.close())
  t.strictSame(await store.withKey('0123456789abcdef'), [entry])
})
