// One piece of work by our codec, by OpenPGP.js and by the bare calls, as two rows with the project's goals.
import { compared, type Row } from './report.js'
import { race, type RoundOptions } from './rounds.js'

/** How many times as fast as OpenPGP.js everything must be, and as the bare calls. */
const goals = { library: 10, bare: 0.5 } as const

export interface Work {
  readonly name: string
  readonly unit: string
  /** Units that one run does; 1 by default. */
  readonly amount?: number
  readonly ours: () => unknown
  readonly library: () => unknown
  readonly bare: () => unknown
}

/** Measures the three in one go, round by round. */
export async function compare(work: Work, options: RoundOptions): Promise<Row[]> {
  const { name, unit, amount = 1 } = work
  const times = await race(
    (['ours', 'library', 'bare'] as const).map(way => ({ name: way, run: work[way] })),
    options,
  )
  const rate = (time: number): number => (1000 * amount) / time
  const measured = [name, rate(times.ours), `${unit}/s`] as const
  return [
    compared(measured, ['OpenPGP.js', rate(times.library)], goals.library),
    compared(measured, ['bare node:crypto', rate(times.bare)], goals.bare),
  ]
}
