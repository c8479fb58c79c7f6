// Look-ups of the same certificates at another key server, Debian's sks 1.1.6.
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openStore } from '../../adapters/database/index.js'
import { systemRandom } from '../../adapters/random.js'
import { createLoadClient, getRequest } from './http-load.js'
import { startKeyServerProcess } from './key-server-process.js'
import { compared, type Row } from './report.js'
import { ensureRing, type BenchRing } from './ring.js'
import { race, type RoundOptions } from './rounds.js'
import { startSks } from './sks.js'

const connections = 8
const requestsPerRun = 100

export interface SksOptions extends RoundOptions {
  /** On the ring of each, 5,000 by default: sks takes long to read more. */
  readonly certificates?: number
}

/** @throws PluginError `config-invalid` where Debian's package cannot be had */
export async function benchBesideSks({ certificates = 5000, ...options }: SksOptions): Promise<Row[]> {
  const ring = await ensureRing(certificates)
  const folder = await mkdtemp(join(tmpdir(), 'p3do-bench-'))
  const own = join(folder, 'own')
  await cp(ring.folder, own, { recursive: true })
  try {
    const sks = await startSks(join(folder, 'sks'), await certificatesIn(own))
    try {
      const product = await startKeyServerProcess({ kind: 'product', folder: own, headers: {} })
      try {
        return [await measure({ product: product.port, sks: sks.port }, ring, options)]
      } finally {
        await product.stop()
      }
    } finally {
      await sks.stop()
    }
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function certificatesIn(folder: string): Promise<Buffer[]> {
  const store = await openStore(folder)
  const entries = await store.list('user', null, 0)
  await store.close()
  return entries.map(({ certificate }) => certificate)
}

// sks ends each connection with its answer, so ours is asked over new ones as well.
async function measure(
  ports: Readonly<Record<'product' | 'sks', number>>,
  ring: BenchRing,
  options: RoundOptions,
): Promise<Row> {
  const ask = (): string =>
    getRequest(
      `/pks/lookup?op=get&options=mr&search=0x${ring.fingerprint(systemRandom.below(ring.count))}`,
      'connection: close\r\n',
    )
  const contestants = (['product', 'sks'] as const).map(name => {
    const client = createLoadClient(ports[name], connections)
    return { name, run: () => client.ask(Array.from({ length: requestsPerRun }, ask), 200) }
  })
  const times = await race(contestants, options)
  const rate = (time: number): number => (1000 * requestsPerRun) / time
  return compared(
    ['look-ups, a connection for each', rate(times.product), 'requests/s'],
    ['sks 1.1.6', rate(times.sks)],
    null,
  )
}
