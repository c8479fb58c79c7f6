// The SQLite file: restart, kill, permissions, one process at a time, other versions, damage.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import database from 'knex'
import t from 'tap'
import { openStore } from '../../../adapters/database/index.js'
import { PluginError } from '../../../plugin/errors.js'
import type { UserAddress } from '../../../plugin/ports.js'
import { checkout } from '../../lab/checkout.js'

const key = (number: number) => Buffer.alloc(16, number)

async function refusalOf(promise: Promise<unknown>): Promise<PluginError> {
  const error: unknown = await promise.then(
    () => null,
    (reason: unknown) => reason,
  )
  if (error instanceof PluginError) return error
  throw new Error('it was not refused', { cause: error })
}

t.test('what was seen and opened is known after a restart', async t => {
  const folder = t.testdir()
  const first = await openStore(folder)
  await first.addSeen([{ hash: key(1), expires: 100 }])
  t.equal(await first.addOpened(key(2), 100), true)
  await first.close()
  const second = await openStore(folder)
  t.strictSame(await second.loadSeen(0), [key(1)])
  t.equal(await second.addOpened(key(2), 100), false)
  await second.close()
})

t.test('an error of the database does not repeat what was to be stored', async t => {
  const store = await openStore(t.testdir())
  const nothing = null as unknown as Buffer
  const alice = 'alice@a.example' as UserAddress
  const error: unknown = await store.saveHostedKey(alice, nothing).catch((reason: unknown) => reason)
  t.match(error, { code: 'SQLITE_CONSTRAINT' })
  t.notMatch(String((error as Error).stack), /alice/)
  t.notMatch(JSON.stringify(error), /alice/)
  await store.close()
})

t.test('an opened secret is known after kill -9', async t => {
  const folder = t.testdir()
  const script = `
    const { openStore } = await import(${JSON.stringify(join(checkout(), 'dist/adapters/database/index.js'))})
    const store = await openStore(${JSON.stringify(folder)})
    await store.addOpened(Buffer.alloc(16, 7), 100)
    process.stdout.write('opened')
    setInterval(() => {}, 1000)
  `
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(child.stdout, 'data')
  child.kill('SIGKILL')
  await once(child, 'close')
  const store = await openStore(folder)
  t.equal(await store.addOpened(key(7), 100), false)
  t.equal(await store.addOpened(key(8), 100), true)
  await store.close()
})

t.test('folder and files are for their owner only', async t => {
  const folder = join(t.testdir(), 'deep', 'data')
  const store = await openStore(folder)
  await store.addOpened(key(1), 100)
  t.equal(statSync(folder).mode & 0o777, 0o700)
  for (const name of readdirSync(folder)) t.equal(statSync(join(folder, name)).mode & 0o777, 0o600, name)
  await store.close()
})

t.test('a second process with the same folder is refused', async t => {
  const folder = t.testdir()
  const store = await openStore(folder)
  const refusal = await refusalOf(openStore(folder))
  t.match(refusal, { code: 'config-invalid', message: /is in use; stop the other p3do/ })
  t.equal(await store.addOpened(key(1), 100), true, 'the first one goes on')
  await store.close()
})

t.test('what was asked for does not keep a closed database locked', async t => {
  const folder = t.testdir()
  const store = await openStore(folder)
  t.equal(await store.find('user', 'alice@a.example'), null)
  await store.close()
  const again = await openStore(folder)
  t.equal(await again.find('user', 'alice@a.example'), null)
  await again.close()
})

t.test('a database of a newer version is refused and left alone', async t => {
  const folder = t.testdir()
  await (await openStore(folder)).close()
  const db = database.knex({
    client: 'sqlite3',
    connection: { filename: join(folder, 'p3do.db') },
    useNullAsDefault: true,
  })
  await db('knex_migrations').insert({ name: '9999-future', batch: 2 })
  await db.destroy()
  const refusal = await refusalOf(openStore(folder))
  t.match(refusal, { code: 'config-invalid', message: /written by a newer version/ })
})

t.test('a migration lock left by a dead process does not stop the start', async t => {
  const folder = t.testdir()
  await (await openStore(folder)).close()
  const db = database.knex({
    client: 'sqlite3',
    connection: { filename: join(folder, 'p3do.db') },
    useNullAsDefault: true,
  })
  await db('knex_migrations_lock').update({ is_locked: 1 })
  await db.destroy()
  const store = await openStore(folder)
  t.strictSame(await store.loadSeen(0), [])
  await store.close()
})

t.test('a file that is no database is refused and left alone', async t => {
  const folder = t.testdir({ 'p3do.db': 'x'.repeat(4096) })
  t.match(await refusalOf(openStore(folder)), {
    code: 'config-invalid',
    message: /is not a database of P3DO/,
  })
  t.equal(statSync(join(folder, 'p3do.db')).size, 4096)
})

t.test('a folder that cannot be made is refused', async t => {
  const folder = t.testdir()
  writeFileSync(join(folder, 'file'), '')
  t.match(await refusalOf(openStore(join(folder, 'file', 'data'))), {
    message: /cannot be written; set server\.data/,
  })
  rmSync(join(folder, 'file'))
})
