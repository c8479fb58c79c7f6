// Backup and restore by the command line: what comes back, what is refused, and that a refusal leaves nothing.
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import database from 'knex'
import t, { type Test } from 'tap'
import { startControl } from '../../../adapters/control/index.js'
import { openStore } from '../../../adapters/database/index.js'
import { parseDomain, parseUserAddress } from '../../../plugin/addresses.js'
import {
  decodeSecretKey,
  decodeServerKeys,
  encodeSecretKey,
  encodeServerKeys,
  generateServerKey,
  handOver,
  serverUserId,
} from '../../../plugin/openpgp/index.js'
import { day, today } from '../../_certificates.js'
import { p3do, quick } from '../cli/_program.js'

const passphrase = 'correct horse battery'
const typed = (text = passphrase) => ({ input: Readable.from([`${text}\n`]) })
const domain = parseDomain('a.example')
const alice = parseUserAddress('alice@a.example')
const entry = {
  serial: '4a01',
  user: alice,
  issued: today,
  expires: today + 90 * day,
  revoked: { time: today, reason: 'superseded' },
  reminded: false,
} as const
const silent = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
}

/** A server's folder with a key and something in the database. */
async function server(t: Test) {
  const root = t.testdir()
  const folder = join(root, 'old')
  await p3do(['init', '--domain', 'a.example', '--folder', folder])
  const key = generateServerKey(domain, today)
  writeFileSync(join(folder, 'secrets/server-key'), encodeSecretKey(key), { mode: 0o600 })
  const store = await openStore(join(folder, 'data'))
  await store.putX509(entry)
  await store.addOpened(Buffer.alloc(16, 1), today + day)
  await store.close()
  const [file, fresh] = [join(root, 'a.backup'), join(root, 'new')]
  const backup = () => p3do(['backup', file, ...quick, '--config', join(folder, 'p3do.toml')], typed())
  const restore = (text = passphrase) => p3do(['restore', file, '--folder', fresh], typed(text))
  return { root, folder, file, fresh, key, backup, restore }
}

t.test('everything comes back, in files for their owner only', async t => {
  const { folder, file, fresh, key, backup, restore } = await server(t)
  t.match(await backup(), { code: 0, err: '' })
  t.equal(statSync(file).mode & 0o777, 0o600)
  t.strictSame(readdirSync(join(folder, 'data')), ['p3do.db'], 'and no copy is left beside the database')
  t.match(await restore(), { code: 0, err: '', out: /a\.example is restored as it was on 20/ })
  for (const name of ['p3do.toml', 'secrets/component', 'secrets/seal'])
    t.same(readFileSync(join(fresh, name)), readFileSync(join(folder, name)), name)
  for (const name of ['p3do.toml', 'secrets/component', 'secrets/seal', 'secrets/server-key', 'data/p3do.db'])
    t.equal(statSync(join(fresh, name)).mode & 0o777, 0o600, name)
  t.strictSame(readdirSync(fresh).sort(), ['data', 'p3do.toml', 'secrets'])
  const restored = decodeSecretKey(readFileSync(join(fresh, 'secrets/server-key')))
  t.equal(restored.certificate.fingerprint, key.certificate.fingerprint)
  t.equal(restored.certificate.subkeys.length, key.certificate.subkeys.length - 1, 'without its routing key')
  const store = await openStore(join(fresh, 'data'))
  t.strictSame(await store.listX509(null, 0), [entry])
  t.equal(await store.addOpened(Buffer.alloc(16, 1), today + day), false)
  await store.close()
  t.match(await p3do(['check', '--config', join(fresh, 'p3do.toml')]), { code: 0 })
})

t.test('a server that changed its key comes back with both', async t => {
  const { folder, fresh, key, backup, restore } = await server(t)
  const { next, old } = handOver(key, generateServerKey(domain, today), serverUserId(domain), today)
  const both = encodeServerKeys([next, old])
  writeFileSync(join(folder, 'secrets/server-key'), both, { mode: 0o600 })
  await backup()
  t.match(await restore(), { code: 0, err: '' })
  const restored = decodeServerKeys(readFileSync(join(fresh, 'secrets/server-key')))
  t.strictSame(
    restored.map(({ certificate }) => certificate.fingerprint),
    [next, old].map(({ certificate }) => certificate.fingerprint),
  )
})

t.test('nothing of it can be read without the passphrase', async t => {
  const { folder, file, backup } = await server(t)
  await backup()
  const octets = readFileSync(file)
  t.match(octets.subarray(0, 30).toString(), /^age-encryption\.org\/v1\n/)
  for (const name of ['secrets/component', 'secrets/seal'])
    t.notOk(octets.includes(readFileSync(join(folder, name), 'utf8').trim()), name)
  t.notOk(octets.includes('a.example'))
})

t.test('a running plugin copies its database itself', async t => {
  const { folder, fresh, backup, restore } = await server(t)
  const store = await openStore(join(folder, 'data'))
  const operate = () => Promise.reject(new Error('nobody asked'))
  const snapshot = () => store.snapshot()
  const options = { folder: join(folder, 'data'), operate, snapshot, probe: operate, log: silent }
  const control = await startControl(options)
  await store.putX509({ ...entry, serial: '4a02' })
  t.match(await backup(), { code: 0, err: '' })
  t.equal(await store.addOpened(Buffer.alloc(16, 2), today + day), true, 'and goes on')
  await control.stop()
  await store.close()
  await restore()
  const restored = await openStore(join(fresh, 'data'))
  t.equal((await restored.listX509(null, 0)).length, 2)
  await restored.close()
})

t.test('a database of many chunks comes back whole', async t => {
  const { folder, fresh, backup, restore } = await server(t)
  const store = await openStore(join(folder, 'data'))
  const hashes = Array.from({ length: 100_000 }, (_, at) =>
    Buffer.from(at.toString(16).padStart(32, '0'), 'hex'),
  )
  await store.addSeen(hashes.map(hash => ({ hash, expires: 10 })))
  await store.close()
  t.match(await backup(), { code: 0 })
  t.match(await restore(), { code: 0 })
  const restored = await openStore(join(fresh, 'data'))
  t.equal((await restored.loadSeen(0)).length, 100_000)
  await restored.close()
})

t.test('a passphrase that is missing or short is refused, and nothing is written', async t => {
  const { folder, file } = await server(t)
  for (const input of [Readable.from([]), Readable.from(['short\n'])])
    t.match(await p3do(['backup', file, ...quick, '--config', join(folder, 'p3do.toml')], { input }), {
      code: 2,
    })
  t.notOk(existsSync(file))
})

t.test('the passphrase may come from a file that nobody else can read', async t => {
  const { root, folder, file, fresh } = await server(t)
  const secret = join(root, 'passphrase')
  writeFileSync(secret, `${passphrase}\n`, { mode: 0o644 })
  const backup = [
    'backup',
    file,
    ...quick,
    '--config',
    join(folder, 'p3do.toml'),
    '--passphrase-file',
    secret,
  ]
  t.match(await p3do(backup), { code: 2, err: /chmod 600/ })
  writeFileSync(join(root, 'other'), `${passphrase}\n`, { mode: 0o600 })
  t.match(await p3do([...backup.slice(0, -1), join(root, 'other')]), { code: 0 })
  const restore = ['restore', file, '--folder', fresh, '--passphrase-file', join(root, 'other')]
  t.match(await p3do(restore), { code: 0 })
})

t.test('an existing file is not replaced', async t => {
  const { file, fresh, backup, restore } = await server(t)
  await backup()
  const before = readFileSync(file)
  t.match(await backup(), { code: 2, err: /exists already/ })
  t.same(readFileSync(file), before)
  await restore()
  const key = readFileSync(join(fresh, 'secrets/server-key'))
  t.match(await restore(), { code: 2, err: /exists already; restore into another --folder/ })
  t.same(readFileSync(join(fresh, 'secrets/server-key')), key)
})

t.test('another passphrase, a changed or a missing octet: refused, and nothing is left', async t => {
  const { file, fresh, backup, restore } = await server(t)
  await backup()
  const whole = readFileSync(file)
  t.match(await restore('wrong horse battery'), { code: 2, err: /does not open with this passphrase/ })
  t.notOk(existsSync(fresh))
  const flipped = (at: number) => {
    const changed = Buffer.from(whole)
    changed[at] = (changed[at] ?? 0) ^ 1
    return changed
  }
  const wrong: Record<string, Buffer> = {
    empty: Buffer.alloc(0),
    'something else': Buffer.from('SQLite format 3\0'),
    'changed in the header': flipped(3),
    'changed in the first chunk': flipped(400),
    'changed in the middle': flipped(whole.length >> 1),
    'changed at the end': flipped(whole.length - 1),
    'cut in the header': whole.subarray(0, 40),
    'cut in the middle': whole.subarray(0, whole.length >> 1),
    'without the last octet': whole.subarray(0, -1),
    'cut where a chunk ends': whole.subarray(
      0,
      whole.length - ((whole.length - headerLength(whole)) % 65_552),
    ),
    'more behind it': Buffer.concat([whole, Buffer.alloc(1)]),
  }
  for (const [name, octets] of Object.entries(wrong)) {
    writeFileSync(file, octets)
    t.match(await restore(), { code: 2, err: /^p3do: The backup [^\n]*nothing was restored\.\n$/ }, name)
    t.notOk(existsSync(fresh), name)
  }
  writeFileSync(file, whole)
  t.match(await restore(), { code: 0 }, 'the whole one is restored')
})

t.test('a backup that asks for more memory than usual is refused before it gets any', async t => {
  const { file, fresh, backup, restore } = await server(t)
  await backup()
  const whole = readFileSync(file)
  for (const factor of ['19', '20', '60', '1e3', '0x20', 'x']) {
    const head = /^(-> scrypt [^ ]+) 14\n/m
    writeFileSync(file, Buffer.from(whole.toString('latin1').replace(head, `$1 ${factor}\n`), 'latin1'))
    const began = process.memoryUsage().rss
    t.match(await restore(), { code: 2, err: /more memory than is usual.*--work-factor/ }, factor)
    t.ok(process.memoryUsage().rss - began < 200 * 1024 * 1024, 'and takes none')
    t.notOk(existsSync(fresh))
  }
  writeFileSync(file, whole)
  t.match(await p3do(['restore', file, '--folder', fresh, '--work-factor', '14'], typed()), { code: 0 })
})

// The text up to the line of the MAC, and the nonce of 16 octets behind it.
function headerLength(octets: Buffer): number {
  return octets.indexOf('\n', octets.indexOf('\n--- ') + 1) + 1 + 16
}

t.test('a database of a newer version is refused, and nothing is left', async t => {
  const { folder, fresh, backup, restore } = await server(t)
  const filename = join(folder, 'data/p3do.db')
  const store = await openStore(join(folder, 'data'))
  const control = await startControl({
    folder: join(folder, 'data'),
    operate: () => Promise.reject(new Error('nobody asked')),
    snapshot: async () => {
      const copy = await store.snapshot()
      const db = database.knex({ client: 'sqlite3', connection: { filename: copy }, useNullAsDefault: true })
      await db('knex_migrations').insert({ name: '9999-future', batch: 2 })
      await db.destroy()
      return copy
    },
    probe: () => Promise.reject(new Error('nobody asked')),
    log: silent,
  })
  await backup()
  await control.stop()
  await store.close()
  t.ok(existsSync(filename))
  t.match(await restore(), { code: 2, err: /written by a newer version/ })
  t.notOk(existsSync(fresh))
})

t.test('a seal key that is not the one of the database is refused, and nothing is left', async t => {
  const { folder, fresh, backup, restore } = await server(t)
  const store = await openStore(join(folder, 'data'))
  await store.saveContext({ name: 'one', group: 'main', keys: Buffer.alloc(64) })
  await store.close()
  await backup()
  t.match(await restore(), { code: 2, err: /secrets\.seal/ })
  t.notOk(existsSync(fresh))
})
