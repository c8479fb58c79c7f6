// A real plugin starts again beside a real chat server, with 100,000 certificates on its ring: when its key server answers first.
import { copyFile, cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { setTimeout as delay } from 'node:timers/promises'
import { startNetwork } from '../lab/network.js'
import { startPlugins, type Plugin } from '../lab/plugins.js'
import { bounded, type Row } from './report.js'
import { ensureRing, type BenchRing } from './ring.js'
import { median, type RoundOptions } from './rounds.js'

const limit = 2
const betweenTries = 5

export interface RestartOptions extends RoundOptions {
  /** On the ring, 100,000 by default. */
  readonly certificates?: number
}

/** The ring's owner is a.example, as that of the laboratory's first server. */
export async function benchRestart({ certificates = 100_000, rounds }: RestartOptions): Promise<Row[]> {
  const ring = await ensureRing(certificates)
  const folder = await mkdtemp(join(tmpdir(), 'p3do-bench-'))
  const network = await startNetwork({ folder })
  try {
    const { plugins, stop } = await startPlugins({
      folder,
      servers: network.servers,
      profile: 'fast',
      keyServers: true,
    })
    try {
      return [
        bounded(
          `restart with ${certificates} certificates, to the first answer`,
          await restart(plugins.a, ring, starts(rounds)),
          's',
          limit,
        ),
      ]
    } finally {
      await stop()
    }
  } finally {
    await network.stop()
    await rm(folder, { recursive: true })
  }
}

// Each takes seconds.
function starts(rounds: number): number {
  return Math.min(5, rounds)
}

async function restart(plugin: Plugin, ring: BenchRing, times: number): Promise<number> {
  await plugin.stop()
  const data = join(plugin.folder, 'data')
  await rm(data, { recursive: true })
  await cp(ring.folder, data, { recursive: true })
  await copyFile(join(ring.folder, 'server-key'), join(plugin.folder, 'secrets', 'server-key'))
  // The first start is the first with this ring, and no restart.
  const [, ...restarts] = await answers(plugin, ring, times + 1)
  plugin.start()
  return median(restarts)
}

async function answers(plugin: Plugin, ring: BenchRing, times: number): Promise<number[]> {
  const seconds: number[] = []
  while (seconds.length < times) {
    seconds.push(await firstAnswer(plugin, ring.fingerprint(seconds.length)))
    await plugin.stop()
  }
  return seconds
}

// Seconds from the start of the process until a certificate is given out that nobody asked for yet.
async function firstAnswer(plugin: Plugin, fingerprint: string): Promise<number> {
  const start = performance.now()
  plugin.start()
  const address = `${plugin.keyServer}/pks/v2/certs/by-vfingerprint/04${fingerprint}`
  for (;;) {
    const answer = await fetch(address).catch(() => null)
    if (answer?.status === 200) return (performance.now() - start) / 1000
    await delay(betweenTries)
  }
}
