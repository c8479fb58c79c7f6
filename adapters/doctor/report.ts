// The reports as people read them, and as programs do.
import type { CheckReport, Finding, Verdict } from './finding.js'

// The worst first.
const order: readonly Verdict[] = ['wrong', 'warning', 'unknown', 'ok']
const marks: Readonly<Record<Verdict, string>> = {
  ok: 'ok',
  warning: 'warning',
  wrong: 'WRONG',
  unknown: 'unknown',
}

/** The worst of all findings. */
export function verdictOf(reports: readonly CheckReport[]): Verdict {
  const verdicts = reports.flatMap(({ findings }) => findings.map(({ verdict }) => verdict))
  return order.find(verdict => verdicts.includes(verdict)) ?? 'unknown'
}

/** A paragraph for each check, with a line for each finding and one for what to do. */
export function reportText(reports: readonly CheckReport[]): string {
  return reports.map(({ name, findings }) => `${name}\n${findings.map(lines).join('')}`).join('\n')
}

/** One object: the worst verdict, and every check with its findings. */
export function reportJson(reports: readonly CheckReport[]): string {
  return `${JSON.stringify({ verdict: verdictOf(reports), checks: reports }, null, 2)}\n`
}

function lines({ verdict, words, fix }: Finding): string {
  const line = `  ${marks[verdict].padEnd(8)} ${words}\n`
  return fix === null ? line : `${line}           -> ${fix}\n`
}
