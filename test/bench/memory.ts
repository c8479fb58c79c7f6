// Memory of the plugin: of a real idle process, and while an hour's worth of cells passes through one listener.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { openStore } from '../../adapters/database/index.js'
import { sealOnion } from '../../plugin/mor/cell.js'
import { openSeen } from '../../plugin/mor/seen.js'
import { profiles } from '../../plugin/profiles.js'
import { systemRandom } from '../../adapters/random.js'
import { createMemoryStore } from '../../adapters/memory/index.js'
import { startNetwork } from '../lab/network.js'
import { startPlugins } from '../lab/plugins.js'
import { createVirtualClock } from '../_virtual-clock.js'
import { foreignOnion, ownOnion } from './corpus.js'
import { createListenerKeys, startListenerRig, type ListenerKeys, type ListenerRig } from './listener-rig.js'
import { residentMegabytes } from './processes.js'
import { bounded, type Row } from './report.js'

const mega = 1_000_000
const idleFor = 5000
const idleLimit = 150
const growthLimit = 10
/** An hour of the profile `default`, and as many contexts as a server ever listens to. */
const { interval } = profiles.default
const spokenInAnHour = 3_600_000 / interval
const contexts = 6
/** Every so many onions one is for this server. */
const ownEvery = 20

export async function benchMemory(): Promise<Row[]> {
  return [await idle(), ...(await hour())]
}

// Three plugins, so that the one measured has peers and cells to hear.
async function idle(): Promise<Row> {
  const folder = await mkdtemp(join(tmpdir(), 'p3do-bench-'))
  const network = await startNetwork({ folder })
  try {
    const started = await startPlugins({ folder, servers: network.servers, profile: 'fast' })
    try {
      await delay(idleFor)
      return bounded('idle plugin process', await residentMegabytes(started.plugins.a.pid), 'MB', idleLimit)
    } finally {
      await started.stop()
    }
  } finally {
    await network.stop()
    await rm(folder, { recursive: true })
  }
}

async function hour(): Promise<Row[]> {
  const folder = await mkdtemp(join(tmpdir(), 'p3do-bench-'))
  const store = await openStore(folder)
  try {
    const each = await octetsPerOnion()
    const keys = createListenerKeys(contexts)
    const rig = await startListenerRig(keys, () => undefined, interval, store)
    const heaps: number[] = []
    for (let quarter = 0; quarter < 4; quarter++) {
      await feed(rig, keys, spokenInAnHour / 4)
      heaps.push(heapOctets())
    }
    const remembered = 0.75 * each * spokenInAnHour
    const growth = (heaps[3] ?? 0) - (heaps[0] ?? 0) - remembered
    await rig.stop()
    return [
      bounded('a remembered onion', each, 'octets', null),
      ...heaps.map((heap, at) => bounded(`heap after quarter ${at + 1} of an hour`, heap / mega, 'MB', null)),
      bounded('growth of the heap apart from onions', growth / mega, 'MB', growthLimit),
    ]
  } finally {
    await store.close()
    await rm(folder, { recursive: true })
  }
}

// Each tick brings one new onion, from all contexts: as much as the network can carry at all.
async function feed(rig: ListenerRig, keys: ListenerKeys, ticks: number): Promise<void> {
  for (let tick = 0; tick < ticks; tick++) {
    const onion = tick % ownEvery === 0 ? ownOnion(keys) : foreignOnion()
    for (const [from, link] of keys.links.entries()) rig.hear(from, sealOnion(link, onion))
    rig.tick()
    if (tick % ownEvery === 0) await rig.settle()
  }
}

const probe = 100_000

async function octetsPerOnion(): Promise<number> {
  const clock = createVirtualClock()
  const store = { ...createMemoryStore(), addSeen: () => Promise.resolve() }
  const seen = await openSeen(store, clock, { count: () => undefined })
  const before = heapOctets()
  for (let added = 0; added < probe; added++) {
    seen.add(systemRandom.octets(16))
    if (added % 1000 === 0) await seen.flush()
  }
  await seen.flush()
  const octets = (heapOctets() - before) / probe
  await seen.stop()
  return octets
}

// What is used, inside and outside of the engine's heap, once everything that nobody needs is gone.
function heapOctets(): number {
  if (!globalThis.gc) throw new Error('Memory is measured with node --expose-gc only.')
  globalThis.gc()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
