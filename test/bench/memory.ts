// Memory of the plugin: of a real idle process, and while an hour's worth of cells passes through one listener.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { systemRandom } from '../../adapters/random.js'
import { sealCover, sealOnion } from '../../plugin/mor/cell.js'
import { openSeen } from '../../plugin/mor/seen.js'
import type { OnionStore } from '../../plugin/ports.js'
import { profiles } from '../../plugin/profiles.js'
import { startNetwork } from '../lab/network.js'
import { startPlugins } from '../lab/plugins.js'
import { createVirtualClock } from '../_virtual-clock.js'
import { foreignOnion, ownOnion } from './corpus.js'
import { createListenerKeys, startListenerRig, type ListenerKeys, type ListenerRig } from './listener-rig.js'
import { residentMegabytes } from './processes.js'
import { benchRemembered } from './remembered.js'
import { bounded, type Row } from './report.js'
import { usedOctets } from './used-octets.js'

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
  return [...(await processes()), ...(await hour())]
}

// Three plugins, so that the one measured has peers and cells to hear.
async function processes(): Promise<Row[]> {
  const folder = await mkdtemp(join(tmpdir(), 'p3do-bench-'))
  const network = await startNetwork({ folder })
  try {
    const started = await startPlugins({ folder, servers: network.servers, profile: 'fast' })
    try {
      await delay(idleFor)
      const idle = await residentMegabytes(started.plugins.a.pid)
      return [bounded('idle plugin process', idle, 'MB', idleLimit), await benchRemembered(started)]
    } finally {
      await started.stop()
    }
  } finally {
    await network.stop()
    await rm(folder, { recursive: true })
  }
}

// What lies on disk is in no heap: this store takes it and has nothing of it in memory.
const done = Promise.resolve()
const disk: OnionStore = {
  loadSeen: () => Promise.resolve([]),
  addSeen: () => done,
  addOpened: () => Promise.resolve(true),
  expire: () => done,
}

async function hour(): Promise<Row[]> {
  const each = await octetsPerOnion()
  const keys = createListenerKeys(contexts)
  const rig = await startListenerRig(keys, () => undefined, interval, disk)
  const heaps: number[] = []
  for (let quarter = 0; quarter < 4; quarter++) {
    await feed(rig, keys, spokenInAnHour / 4)
    heaps.push(await usedOctets())
  }
  await rig.stop()
  const remembered = 0.75 * each * spokenInAnHour
  const growth = (heaps[3] ?? 0) - (heaps[0] ?? 0) - remembered
  return [
    bounded('a remembered onion', each, 'octets', null),
    ...heaps.map((heap, at) => bounded(`heap after quarter ${at + 1} of an hour`, heap / mega, 'MB', null)),
    bounded('growth of the heap apart from onions', growth / mega, 'MB', growthLimit),
  ]
}

// Each tick brings one new onion, from all contexts: as much as the network can carry at all. An own one goes on under an
// extra hop and takes a second tick, which brings cover; else the speaker's queue would grow.
async function feed(rig: ListenerRig, keys: ListenerKeys, ticks: number): Promise<void> {
  for (let tick = 0; tick < ticks; tick++) {
    const place = tick % ownEvery
    const onion = place === 0 ? ownOnion(keys) : foreignOnion()
    for (const [from, link] of keys.links.entries())
      rig.hear(from, place === 1 ? sealCover(link) : sealOnion(link, onion))
    rig.tick()
    if (place === 0) await rig.settle()
  }
}

const probe = 100_000

async function octetsPerOnion(): Promise<number> {
  const clock = createVirtualClock()
  const seen = await openSeen(disk, clock, { count: () => undefined }, systemRandom)
  const before = await usedOctets()
  for (let added = 0; added < probe; added++) {
    seen.add(systemRandom.octets(16))
    if (added % 1000 === 0) await seen.flush()
  }
  await seen.flush()
  const octets = ((await usedOctets()) - before) / probe
  await seen.stop()
  return octets
}
