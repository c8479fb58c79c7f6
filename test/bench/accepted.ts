// Accepting messages: from the host's word to the disk, beside bare inserts of the same rows.
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sqlite from 'sqlite3'
import { systemClock } from '../../adapters/clock.js'
import { openStore } from '../../adapters/database/index.js'
import { createLog } from '../../adapters/log.js'
import { systemRandom } from '../../adapters/random.js'
import { parseDomain, parseUserAddress } from '../../plugin/addresses.js'
import type { OutgoingMessage } from '../../plugin/delivery/outgoing-message.js'
import { createOutbox } from '../../plugin/delivery/outbox.js'
import { createRouteChoice } from '../../plugin/delivery/route-choice.js'
import type { Store } from '../../plugin/ports.js'
import { createSealer } from '../../plugin/sealer.js'
import { compared, type Row } from './report.js'
import { race, type RoundOptions } from './rounds.js'
import { ringDomain } from './ring.js'

const leastRatio = 0.5
const payloadOctets = 700

export interface AcceptedOptions extends RoundOptions {
  /** Users who write at once, 500 by default; one message each. */
  readonly users?: number
}

export async function benchAccepted({ users = 500, ...options }: AcceptedOptions): Promise<Row[]> {
  const folder = await mkdtemp(join(tmpdir(), 'p3do-bench-'))
  const store = await openStore(join(folder, 'ours'))
  // The same tables for the bare inserts.
  await (await openStore(join(folder, 'bare'))).close()
  const bare = await openBare(join(folder, 'bare', 'p3do.db'), users)
  try {
    const accept = acceptAll(store, users)
    const times = await race(
      [
        { name: 'ours', run: accept },
        { name: 'bare', run: bare.insert },
      ],
      options,
    )
    const rate = (time: number): number => (1000 * users) / time
    return [
      compared(
        ['messages accepted, on disk', rate(times.ours), 'messages/s'],
        ['bare SQLite inserts', rate(times.bare)],
        leastRatio,
      ),
    ]
  } finally {
    await store.close()
    await bare.close()
    await rm(folder, { recursive: true })
  }
}

// As the service puts it together; nobody sends what is accepted.
function acceptAll(store: Store, users: number): () => Promise<unknown> {
  const peer = parseDomain('b.example')
  const routes = createRouteChoice({
    domain: ringDomain,
    routes: store,
    routeLength: 2,
    reachable: () => [ringDomain, peer],
    suspects: () => [],
    random: systemRandom,
    clock: systemClock,
  })
  const outbox = createOutbox({
    store,
    sealer: createSealer(systemRandom.octets(32)),
    ways: {
      choose: async ({ sender }) => ({ route: await routes.choose(sender, peer), mailbox: null }),
    },
    ensureWay: () => Promise.resolve(),
    proofOf: () => null,
    payerOf: sender => sender,
    waitingOf: () => 0,
    waiting: () => 0,
    clock: systemClock,
    random: systemRandom,
    log: createLog('warn'),
  })
  const messages = Array.from({ length: users }, (_, user): OutgoingMessage => ({
    sender: parseUserAddress(`user-${user}@${ringDomain}`),
    recipient: parseUserAddress(`friend-${user}@${peer}`),
    kind: 'message',
    payload: Buffer.alloc(payloadOctets),
    id: `id-${user}`,
  }))
  return () => Promise.all(messages.map(outbox))
}

// One transaction for as many messages, prepared statements, the same durability, no look at what is there.
async function openBare(path: string, users: number) {
  const db = new sqlite.Database(path)
  await once(db, 'open')
  const run = (sql: string): Promise<void> =>
    new Promise((resolve, reject) => {
      db.exec(sql, error => {
        if (error) reject(error)
        else resolve()
      })
    })
  await run('pragma locking_mode = exclusive; pragma journal_mode = wal; pragma synchronous = full;')
  const outgoing = db.prepare(
    'insert into outgoing (conversation, sequence, accepted, sealed) values (?, ?, ?, ?)',
  )
  const conversations = db.prepare(
    'insert into conversations (name, conversation, next) values (?, ?, ?) on conflict (name) do update set next = excluded.next',
  )
  const names = Array.from({ length: users }, () => systemRandom.octets(16))
  const sealed = Buffer.alloc(payloadOctets + 130, 1)
  let sequence = 0
  return {
    async insert(): Promise<void> {
      sequence++
      const begun = run('begin')
      for (const name of names) {
        outgoing.run(name, sequence, systemClock.now(), sealed)
        conversations.run(name, name, sequence + 1)
      }
      await begun
      await run('commit')
    },
    async close(): Promise<void> {
      await new Promise(resolve => outgoing.finalize(resolve))
      await new Promise(resolve => conversations.finalize(resolve))
      await new Promise(resolve => {
        db.close(resolve)
      })
    },
  }
}
