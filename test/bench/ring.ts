// A key ring of many certified users, made once per machine and kept in its folder for temporary files.
import { mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { systemClock } from '../../adapters/clock.js'
import { openStore } from '../../adapters/database/index.js'
import { keyFileAt } from '../../adapters/secret-files.js'
import { parseDomain, parseUserAddress } from '../../plugin/addresses.js'
import { generateUserKey, parseCertificate } from '../../plugin/openpgp/index.js'
import { openIdentity, type ServerIdentity } from '../../plugin/pki/index.js'
import type { RingEntry, Store, UserAddress } from '../../plugin/ports.js'

/** A folder with `p3do.db` and the `server-key` of a.example, whose authority certified all users. */
export interface BenchRing {
  readonly folder: string
  readonly count: number
  /** Users made, certified with all checks and stored in one second when it was made. */
  readonly rate: number
  /** 40 lower-case hex digits of the fingerprint of the user with that number. */
  fingerprint(user: number): string
}

export const ringDomain = parseDomain('a.example')
const hashOctets = 20
const usersAtATime = 1000
// Certifications last 90 days, and are renewed after 30: an older ring would keep a server busy with that.
const oldest = 20 * 86_400_000

/** The address of the user with that number. */
export function ringUser(user: number): UserAddress {
  return parseUserAddress(`user-${user}@${ringDomain}`)
}

/** The ring of so many users; it is read only, so that the next run finds it as it is. Work on a copy. */
export async function ensureRing(count: number): Promise<BenchRing> {
  const folder = join(tmpdir(), `p3do-bench-ring-${userInfo().uid}-${count}`)
  if (!(await isYoung(folder))) {
    const fresh = await mkdtemp(join(tmpdir(), 'p3do-bench-'))
    await makeRing(fresh, count)
    await rm(folder, { recursive: true, force: true })
    await rename(fresh, folder)
  }
  const prints = await readFile(join(folder, 'fingerprints'))
  const rate = Number(await readFile(join(folder, 'rate'), 'utf8'))
  const fingerprint = (user: number): string =>
    prints.subarray(user * hashOctets, (user + 1) * hashOctets).toString('hex')
  return { folder, count, rate, fingerprint }
}

async function isYoung(folder: string): Promise<boolean> {
  const made = await stat(join(folder, 'rate')).catch(() => null)
  return made !== null && made.uid === userInfo().uid && Date.now() - made.mtimeMs < oldest
}

async function makeRing(folder: string, count: number): Promise<void> {
  await mkdir(folder, { recursive: true })
  const identity = await openIdentity(ringDomain, keyFileAt(join(folder, 'server-key')), systemClock)
  const store = await openStore(folder)
  const prints: Buffer[] = []
  const start = performance.now()
  try {
    let writing = Promise.resolve()
    for (let first = 0; first < count; first += usersAtATime) {
      const entries = await makeUsers(identity, first, Math.min(count, first + usersAtATime))
      prints.push(...entries.map(({ fingerprint }) => Buffer.from(fingerprint.slice(2), 'hex')))
      // The disk writes while the next ones are made.
      await writing
      writing = putAll(store, entries)
    }
    await writing
  } finally {
    await store.close()
  }
  const rate = (1000 * count) / (performance.now() - start)
  await writeFile(join(folder, 'fingerprints'), Buffer.concat(prints))
  await writeFile(join(folder, 'rate'), String(rate))
}

async function makeUsers(identity: ServerIdentity, first: number, end: number): Promise<RingEntry[]> {
  const entries: RingEntry[] = []
  const now = systemClock.now()
  for (let user = first; user < end; user++) {
    const subject = ringUser(user)
    const { octets } = generateUserKey(subject, now).certificate
    const mailboxKey = Buffer.alloc(32, user)
    const certificate = await identity.authority.certifyUser(octets, subject, mailboxKey)
    const { fingerprint } = parseCertificate(certificate)
    entries.push({ fingerprint, subject, kind: 'user', domain: ringDomain, certificate, changed: now + user })
  }
  return entries
}

async function putAll(store: Store, entries: readonly RingEntry[]): Promise<void> {
  await Promise.all(
    entries.map(entry => {
      const { primary, subkeys } = parseCertificate(entry.certificate)
      return store.put(
        entry,
        [primary, ...subkeys.map(({ key }) => key)].map(({ keyId }) => keyId),
      )
    }),
  )
}
