// Databases of every version of the tables, as SQL, for tests of upgrades. Run as a program it writes those that are missing;
// one that is there is never written again, because databases out there have that form.
import { access, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import database, { type Knex } from 'knex'
import { migrations } from '../../migrations/index.js'
import { parseUserAddress } from '../../plugin/addresses.js'
import { conversationLabel, sealOutgoing } from '../../plugin/delivery/outgoing-message.js'
import { createSealer } from '../../plugin/sealer.js'

/** The key under which the databases hold what is sealed. */
export const sealKey = Buffer.alloc(32, 7)
export const octets = (number: number): Buffer => Buffer.alloc(16, number)
/** When the waiting message was accepted, milliseconds. */
export const accepted = Date.UTC(2026, 0, 1)
export const waiting = {
  kind: 'message',
  sender: parseUserAddress('alice@a.example'),
  recipient: parseUserAddress('bob@b.example'),
  payload: Buffer.from('waiting since the old version'),
  id: 'stanza-1',
} as const

const sealer = createSealer(sealKey)
const place = { conversation: octets(9), sequence: 4 }
const fingerprint = `04${'ab'.repeat(20)}`

/** Rows by table, from the first version that has the table. */
export const rows: Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>> = {
  seen: [{ hash: octets(1), expires: accepted + 1 }],
  opened: [{ secret: octets(2), expires: accepted + 1 }],
  contexts: [{ name: 'one', context_group: 'main', keys: octets(3) }],
  ring: [
    {
      kind: 'user',
      subject: 'dora@d.example',
      domain: 'd.example',
      fingerprint,
      certificate: octets(4),
      changed: 17,
    },
  ],
  hosted_keys: [{ user_address: 'alice@a.example', sealed: octets(5) }],
  routes: [{ user_address: 'alice@a.example', destination: 'b.example', route: '["c.example","b.example"]' }],
  routing_rules: [{ user_address: 'alice@a.example', sealed: octets(10) }],
  visits: [{ name: octets(11), sealed: octets(12) }],
  visited: [{ name: octets(13), sealed: octets(14) }],
  rooms: [{ room: 'ops@conference.a.example', sealed: octets(11) }],
  contact_lists: [{ user_address: 'alice@a.example', sealed: octets(15) }],
  account_marks: [{ user_address: 'alice@a.example', host: 'one', account: 'two' }],
  pseudonyms: [{ name: octets(23), sealed: octets(24) }],
  ring_keys: [{ key_id: 'ab'.repeat(8), kind: 'user', subject: 'dora@d.example' }],
  conversations: [
    { name: sealer.name(conversationLabel(waiting.sender, waiting.recipient)), conversation: octets(9), next: 5 },
  ],
  outgoing: [{ ...place, accepted, sealed: sealOutgoing(sealer, place, waiting) }],
  incoming: [{ name: octets(6), next: 3, showing: 0 }],
  parts: [{ name: octets(6), sequence: 4, part: 0, parts: 2, arrived: 18, sealed: octets(7) }],
  dns_seen: [{ domain: 'b.example', secured: 1, number: 202_601_010_001 }],
  peers: [{ domain: 'd.example', fingerprint, origin: 'added', since: 19 }],
  x509_authority: [{ id: 1, certificate: 'PEM', key: octets(8) }],
  x509_certificates: [
    {
      serial: '4a01',
      user_address: 'alice@a.example',
      issued: 20,
      expires: 21,
      revoked: null,
      reason: null,
      reminded: 0,
    },
  ],
  x509_peers: [
    {
      domain: 'd.example',
      authority: octets(11),
      text: octets(12),
      signature: octets(13),
      list: octets(14),
      fetched: 30,
    },
  ],
  suspensions: [
    {
      domain: 'd.example',
      known: fingerprint,
      shown: `04${'ef'.repeat(20)}`,
      place: 'p3do.b.example',
      since: 23,
      seen: 24,
      seen_for: 25,
      allowed: null,
      told: 1,
    },
  ],
  key_sightings: [
    {
      domain: 'd.example',
      witness: 'c.example',
      fingerprint,
      since: 26,
      seen: 27,
      heard_since: 28,
      heard: 29,
    },
  ],
  key_changes: [
    {
      domain: 'd.example',
      replaced: `04${'cd'.repeat(20)}`,
      successor: fingerprint,
      how: 'handed-over',
      at: 22,
    },
  ],
}

/** Where the database of a version is kept. Tests run from the root of the project. */
export function fileOf(version: string): string {
  return `test/vectors/databases/${version}.sql`
}

/** Opens a SQLite file as it is. */
export function openPlain(filename: string): Knex {
  return database.knex({ client: 'sqlite3', connection: { filename }, useNullAsDefault: true })
}

// One after the other, so that a row of an older version goes through the newer ones as it did in the world.
async function dump(count: number): Promise<string> {
  const db = openPlain(':memory:')
  const source = migrations.slice(0, count)
  await db.migrate.latest({
    migrationSource: {
      getMigrations: () => Promise.resolve([...source]),
      getMigrationName: ({ name }: { name: string }) => name,
      getMigration: ({ up }: { up: (on: Knex) => Promise<void> }) => Promise.resolve({ up, down: up }),
    },
  })
  for (const [table, all] of Object.entries(rows))
    if (await db.schema.hasTable(table)) await db(table).insert([...all])
  const text = await sqlOf(db)
  await db.destroy()
  return text
}

async function sqlOf(db: Knex): Promise<string> {
  const made = await db<{ name: string; type: string; sql: string | null }>('sqlite_master')
    .whereNotNull('sql')
    .andWhereNot('name', 'like', 'sqlite_%')
    .orderBy('rowid')
  const lines = made.map(({ sql }) => `${(sql ?? '').replaceAll(/\s+/g, ' ')};`)
  for (const { name } of made.filter(({ type }) => type === 'table'))
    for (const row of await db<Record<string, unknown>>(name)) {
      const columns = Object.keys(row)
      const values = Object.values(row).map(literal)
      lines.push(`insert into ${name} (${columns.map(column => `"${column}"`).join(', ')}) values (${values.join(', ')});`)
    }
  return `${lines.join('\n')}\n`
}

function literal(value: unknown): string {
  if (value === null) return 'null'
  if (Buffer.isBuffer(value)) return `x'${value.toString('hex')}'`
  if (typeof value === 'number') return String(value)
  if (typeof value === 'string') return `'${value.replaceAll("'", "''")}'`
  throw new Error('No column has such a value.')
}

async function writeMissing(): Promise<void> {
  for (const [index, { name }] of migrations.entries()) {
    const isThere = await access(fileOf(name)).then(
      () => true,
      () => false,
    )
    if (!isThere) await writeFile(fileOf(name), await dump(index + 1))
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await writeMissing()
