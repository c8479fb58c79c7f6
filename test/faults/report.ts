// What a run found, in figures and in words.
import type { Book, Summary } from './book.js'
import type { WorldName } from './options.js'

/** Of one run, or of several together. */
export interface Figures {
  /** Accepted by the sender's server. */
  readonly messages: number
  readonly faults: number
  readonly acknowledged: number
  readonly lost: number
  readonly duplicated: number
  readonly reordered: number
}

export interface RunReport extends Figures, Omit<Summary, keyof Figures> {
  readonly world: WorldName
  readonly seed: number
  /** Seconds that the run took. */
  readonly seconds: number
  /** What else must not be, each in words, with how often it was seen. */
  readonly wrongs: Readonly<Record<string, number>>
}

export interface RunFacts {
  readonly world: WorldName
  readonly seed: number
  readonly faults: number
  readonly seconds: number
  /** Accepted and neither acknowledged nor given up when the run ended. */
  readonly waiting: number
  /** The part of accepted messages that must be acknowledged, from 0 to 1. */
  readonly leastAcknowledged: number
}

export function reportOf(book: Book, { waiting, leastAcknowledged, ...facts }: RunFacts): RunReport {
  const { summary } = book
  const wrongs: Record<string, number> = {}
  for (const wrong of book.wrongs) wrongs[wrong] = (wrongs[wrong] ?? 0) + 1
  const { accepted, failed } = summary
  const acknowledged = accepted - failed - waiting
  if (acknowledged < leastAcknowledged * accepted)
    wrongs[`Less than ${String(100 * leastAcknowledged)} % of all messages were acknowledged.`] = 1
  return { ...summary, ...facts, messages: accepted, acknowledged, wrongs }
}

/** The figures of all runs together. */
export function totalOf(reports: readonly RunReport[]): Figures {
  const sum = (name: keyof Figures): number => reports.reduce((total, report) => total + report[name], 0)
  return {
    messages: sum('messages'),
    faults: sum('faults'),
    acknowledged: sum('acknowledged'),
    lost: sum('lost'),
    duplicated: sum('duplicated'),
    reordered: sum('reordered'),
  }
}

/** Whether nothing was seen that must not be. */
export function isWell({ lost, duplicated, reordered, wrongs }: RunReport): boolean {
  return lost + duplicated + reordered === 0 && Object.keys(wrongs).length === 0
}

export function renderReport(report: RunReport): string {
  const { world, seed, seconds, wrongs, ...counts } = report
  const lines = Object.entries(counts).map(
    ([name, count]) => `  ${name.padEnd(18)} ${String(count).padStart(6)}`,
  )
  const bad = Object.entries(wrongs).map(([wrong, count]) => `  WRONG, ${String(count)} times: ${wrong}`)
  const head = `${world}, seed ${String(seed)}, ${seconds.toFixed(0)} s: ${isWell(report) ? 'well' : 'NOT WELL'}`
  return `${[head, ...lines, ...bad].join('\n')}\n`
}
