// How many cells three real servers carry with the plugin, beside the same rooms with bots that do nothing.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startNetwork } from '../lab/network.js'
import { startFleet, type Carried, type Fleet } from './fleet.js'
import { compared, type Row } from './report.js'
import { median, type RoundOptions } from './rounds.js'

const leastRatio = 0.8
const duration = 1200
const warmUp = 4000
const mostRounds = 10

/** Rounds alternate; they take about four seconds each, so at most ten are made. */
export async function benchNetwork({ rounds }: RoundOptions): Promise<Row[]> {
  const folder = await mkdtemp(join(tmpdir(), 'p3do-bench-'))
  const network = await startNetwork({ folder })
  try {
    const fleet = await startFleet(network, folder)
    try {
      return await alternate(fleet, Math.min(rounds, mostRounds))
    } finally {
      await fleet.stop()
    }
  } finally {
    await network.stop()
    await rm(folder, { recursive: true })
  }
}

async function alternate(fleet: Fleet, rounds: number): Promise<Row[]> {
  const carried = { bare: [] as Carried[], plugin: [] as Carried[] }
  // The compiler has seen nothing of the plugin yet.
  await fleet.carry('plugin', warmUp)
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 === 0 ? (['bare', 'plugin'] as const) : (['plugin', 'bare'] as const)
    for (const mode of order) carried[mode].push(await fleet.carry(mode, duration))
  }
  const rate = (of: readonly Carried[]): number => median(of.map(one => one.rate))
  // What a whole processor would carry: foreign load takes processors away, but hardly changes this.
  const perProcessor = (of: readonly Carried[]): number => 1000 / median(of.map(one => one.effort))
  return [
    compared(
      ['three servers carry', rate(carried.plugin), 'cells/s'],
      ['bare rooms', rate(carried.bare)],
      leastRatio,
    ),
    compared(
      ['the same by processor time', perProcessor(carried.plugin), 'cells/s'],
      ['bare rooms', perProcessor(carried.bare)],
      null,
    ),
  ]
}
