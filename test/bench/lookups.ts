// Look-ups at the key server over HTTP, beside the same answers from the memory of the same framework.
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemRandom } from '../../adapters/random.js'
import { createLoadClient, getRequest } from './http-load.js'
import type { StartKeyServer } from './key-server-messages.js'
import {
  ensureSame,
  generalHeaders,
  startKeyServerProcess,
  type KeyServerProcess,
} from './key-server-process.js'
import { bounded, compared, type Row } from './report.js'
import { ensureRing, ringUser, type BenchRing } from './ring.js'
import { race, type RoundOptions } from './rounds.js'

const leastRatio = 0.7
const connections = 32
const requestsPerRun = 500
/** Users who are asked for by identity: to judge one takes a millisecond the first time. */
const mostJudged = 5000
// A run takes longer than a call does.
const longer = 8

export interface LookupOptions extends RoundOptions {
  /** Certificates on the ring, 100,000 by default. */
  readonly certificates?: number
}

interface Servers {
  readonly product: KeyServerProcess
  readonly memory: KeyServerProcess
}

/** Each server has a copy of the ring, so that the one in the folder for temporary files stays as it is. */
export async function benchLookups({ certificates = 100_000, ...options }: LookupOptions): Promise<Row[]> {
  const ring = await ensureRing(certificates)
  const folder = await mkdtemp(join(tmpdir(), 'p3do-bench-'))
  const started: KeyServerProcess[] = []
  const start = async (kind: StartKeyServer['kind'], headers: StartKeyServer['headers']) => {
    const own = join(folder, kind)
    await cp(ring.folder, own, { recursive: true })
    const server = await startKeyServerProcess({ kind, folder: own, headers })
    started.push(server)
    return server
  }
  try {
    const product = await start('product', {})
    const memory = await start('memory', await generalHeaders(product))
    const made = bounded('certified users made and stored', ring.rate, 'users/s', null)
    return [
      made,
      ...(await measureAll({ product, memory }, ring, {
        ...options,
        slice: longer * options.slice,
      })),
    ]
  } finally {
    await Promise.all(started.map(server => server.stop()))
    await rm(folder, { recursive: true })
  }
}

type PathOf = (user: number) => string

// First what nobody asked for yet, which ours has on its disk; then everyone was asked for once.
async function measureAll(servers: Servers, ring: BenchRing, options: RoundOptions): Promise<Row[]> {
  const byFingerprint: PathOf = user => `/pks/v2/certs/by-vfingerprint/04${ring.fingerprint(user)}`
  const armored: PathOf = user => `/pks/lookup?op=get&search=0x${ring.fingerprint(user)}`
  const byIdentity: PathOf = user => `/pks/v2/certs/by-identity/xmpp:${ringUser(user)}`
  const judged = Math.min(mostJudged, ring.count)
  const anyOf = (pathOf: PathOf, count: number) => () => getRequest(pathOf(systemRandom.below(count)))
  for (const pathOf of [byFingerprint, armored, byIdentity])
    await ensureSame(Object.values(servers) as KeyServerProcess[], pathOf(0))
  const measure = (name: string, goal: number | null, ask: Ask) =>
    measureOne({ name, goal, ask }, servers, options)

  const rows = [
    await measure('by fingerprint, the first time', null, askWith(nextOf(byFingerprint, ring.count))),
  ]
  await askAll(servers.product, ring.count, byFingerprint)
  rows.push(await measure('by fingerprint', leastRatio, askWith(anyOf(byFingerprint, ring.count))))
  rows.push(await measure('by fingerprint, armored', leastRatio, askWith(anyOf(armored, ring.count))))
  await askAll(servers.product, judged, byIdentity)
  rows.push(await measure('by identity', leastRatio, askWith(anyOf(byIdentity, judged))))
  rows.push(await measure('unchanged (304)', leastRatio, await askUnchanged(servers, judged, byFingerprint)))
  return rows
}

/** Makes the requests of a run for a server, and says which status they get. */
interface Ask {
  readonly status: number
  requests(server: keyof Servers): string[]
}

interface Kind {
  readonly name: string
  readonly goal: number | null
  readonly ask: Ask
}

async function measureOne({ name, goal, ask }: Kind, servers: Servers, options: RoundOptions): Promise<Row> {
  const contestants = (['product', 'memory'] as const).map(kind => {
    const client = createLoadClient(servers[kind].port, connections)
    return { name: kind, run: () => client.ask(ask.requests(kind), ask.status), client }
  })
  try {
    const times = await race(contestants, options)
    const rate = (time: number): number => (1000 * requestsPerRun) / time
    return compared(
      [`look-ups ${name}`, rate(times.product), 'requests/s'],
      ['same octets from memory', rate(times.memory)],
      goal,
    )
  } finally {
    for (const { client } of contestants) client.close()
  }
}

function askWith(make: () => string): Ask {
  return { status: 200, requests: () => Array.from({ length: requestsPerRun }, make) }
}

// Steps of a size that has no divisor in common with a round number: far from each other, and everyone once.
function nextOf(pathOf: PathOf, count: number): () => string {
  let at = 0
  return () => getRequest(pathOf((at = (at + 61_803) % count)))
}

// Who asks again names what he has by the tag that came with it.
async function askUnchanged(servers: Servers, count: number, pathOf: PathOf): Promise<Ask> {
  const tagged = async (server: KeyServerProcess): Promise<string[]> => {
    const heads = await askAll(server, count, pathOf)
    const tags = heads.map(head => /\r\netag: (\S+)/i.exec(head)?.[1] ?? '')
    return tags.map((tag, user) => getRequest(pathOf(user), `if-none-match: ${tag}\r\n`))
  }
  const requests = { product: await tagged(servers.product), memory: await tagged(servers.memory) }
  return {
    status: 304,
    requests: server =>
      Array.from({ length: requestsPerRun }, () => requests[server][systemRandom.below(count)] ?? ''),
  }
}

async function askAll({ port }: KeyServerProcess, count: number, pathOf: PathOf): Promise<string[]> {
  const client = createLoadClient(port, connections)
  try {
    return await client.ask(
      Array.from({ length: count }, (_, user) => getRequest(pathOf(user))),
      200,
    )
  } finally {
    client.close()
  }
}
