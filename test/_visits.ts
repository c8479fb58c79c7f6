// Visits as tests begin them: of servers in memory, and of those whose parts a test puts together itself.
import { randomBytes } from 'node:crypto'
import { loadRecord } from '../plugin/identity/record.js'
import { signDocument, type UserKey } from '../plugin/openpgp/index.js'
import type { Clock, Domain, Store, UserAddress } from '../plugin/ports.js'
import { createSealer } from '../plugin/sealer.js'
import {
  encodeProof,
  encodeVisitStatement,
  openVisits,
  type Visit,
  type Visits,
} from '../plugin/visits/index.js'
import { saveVisit } from '../plugin/visits/record.js'
import { silentLog, type MemoryServer } from './_memory-servers.js'

/** Nobody at first. */
export function visitsAt({ store }: { readonly store: Store }, clock: Clock): Promise<Visits> {
  return openVisits({ store, clock, sealer: createSealer(randomBytes(32)), log: silentLog, mostVisits: 100 })
}

/** What Alice needs to visit: her key, and her mailbox key as her home gives it to her. */
export async function credentialsOf(home: Pick<MemoryServer, 'store' | 'sealer'>, user: UserAddress) {
  const record = await loadRecord(home, user)
  if (!record?.key) throw new Error('The user has no hosted key.')
  return { user, key: record.key, mailbox: record.mailbox }
}

/** The proof that the holder of a key visits a server, for two days unless it is said, in milliseconds. */
export async function proofOf(
  user: UserAddress,
  key: UserKey,
  server: Domain,
  now: number,
  lasting = 2 * 86_400_000,
): Promise<Buffer> {
  const from = 1000 * Math.floor(now / 1000)
  const said = { server, from, until: from + lasting, nonce: randomBytes(16) }
  const text = encodeVisitStatement({ ...said, user, key: key.certificate.fingerprint })
  return encodeProof({ ...said, signature: await signDocument(key, Buffer.from(text), now) })
}

export interface BeginOptions {
  /** Milliseconds. */
  readonly lasting?: number
  /** Who has her key then. */
  readonly holder?: 'server' | 'client'
}

/** Begins a visit as her key signed it, for a day unless it is said, and starts the visited server again. Her client may keep the key. */
export async function beginVisit(
  server: MemoryServer,
  account: UserAddress,
  { user, key, mailbox }: Awaited<ReturnType<typeof credentialsOf>>,
  { lasting = 86_400_000, holder = 'server' }: BeginOptions = {},
): Promise<void> {
  const now = server.now()
  const proof = await proofOf(user, key, server.domain, now, lasting)
  const visit: Visit = {
    ...{ user, account, key: holder === 'server' ? key : null, mailbox, proof, certificate: null },
    fingerprint: key.certificate.fingerprint,
    until: now + lasting,
  }
  await saveVisit(server, { visit, isOver: false })
  await server.restart()
}
