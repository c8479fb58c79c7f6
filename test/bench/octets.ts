// Octets of a cell's stanza between two servers, as both of them count it for their limits (PROTO s7.4).
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { costOf, profiles } from '../../plugin/profiles.js'
import { startNetwork, type Network } from '../lab/network.js'
import { startFleet } from './fleet.js'
import { bounded, type Row } from './report.js'

const duration = 1000

/** Taps the streams between three servers; the goal is the figure that profiles are reckoned with. */
export async function benchOctets(): Promise<Row[]> {
  const folder = await mkdtemp(join(tmpdir(), 'p3do-bench-'))
  const network = await startNetwork({ folder, tap: true })
  try {
    const fleet = await startFleet(network, folder)
    await fleet.carry('plugin', duration).finally(() => fleet.stop())
    return [bounded('a cell between servers', await tapped(network), 'octets', reckoned())]
  } finally {
    await network.stop()
    await rm(folder, { recursive: true })
  }
}

function reckoned(): number {
  const { kilobytesPerSecond, cellsPerSecond } = costOf(profiles.default, 3, 1)
  return Math.round((1000 * kilobytesPerSecond) / cellsPerSecond)
}

interface Tapped {
  readonly direction: string
  readonly xml: string
}

async function tapped({ servers }: Network): Promise<number> {
  const texts = await Promise.all(Object.values(servers).map(({ tap }) => readFile(tap, 'utf8')))
  const lines = texts.flatMap(text => text.trim().split('\n')).map(line => JSON.parse(line) as Tapped)
  const spoken = lines.filter(({ direction, xml }) => direction === 'out' && xml.includes('<cell '))
  const cells = spoken.flatMap(({ xml }) => xml.match(/<cell /g) ?? []).length
  return spoken.reduce((octets, { xml }) => octets + Buffer.byteLength(xml), 0) / cells
}
