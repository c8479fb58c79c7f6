// What was measured, as rows: a table for people, an array for programs.

/** One measurement. */
export interface Row {
  readonly name: string
  readonly value: number
  readonly unit: string
  /** What it is compared with; null where the value itself has the goal. */
  readonly against: string | null
  /** How many times as fast as that, or null. */
  readonly ratio: number | null
  /** Least ratio where there is one, else largest value; null where there is no goal. */
  readonly goal: number | null
  readonly ok: boolean
}

/** A rate beside another's; the goal is the least ratio, or null. */
export function compared(
  [name, value, unit]: readonly [string, number, string],
  [against, other]: readonly [string, number],
  goal: number | null,
): Row {
  const ratio = value / other
  return {
    name,
    value: rounded(value),
    unit,
    against,
    ratio: rounded(ratio),
    goal,
    ok: goal === null || ratio >= goal,
  }
}

/** A value that must not be larger than its goal, or has none. */
export function bounded(name: string, value: number, unit: string, goal: number | null): Row {
  const ok = goal === null || value <= goal
  return { name, value: rounded(value), unit, against: null, ratio: null, goal, ok }
}

const headings = ['measured', 'value', 'unit', 'against', 'ratio', 'goal', '']
const numeric = [1, 4]

/** Renders rows as an aligned table. */
export function renderTable(rows: readonly Row[]): string {
  const lines = [headings, ...rows.map(cells)]
  const widths = headings.map((_, column) => Math.max(...lines.map(line => line[column]?.length ?? 0)))
  const pad = (text: string, column: number): string =>
    numeric.includes(column) ? text.padStart(widths[column] ?? 0) : text.padEnd(widths[column] ?? 0)
  return lines.map(line => `${line.map(pad).join('  ').trimEnd()}\n`).join('')
}

function cells({ name, value, unit, against, ratio, goal, ok }: Row): string[] {
  const sign = against === null ? '<=' : '>='
  return [
    name,
    String(value),
    unit,
    against ?? '',
    ratio === null ? '' : String(ratio),
    goal === null ? '' : `${sign} ${goal}`,
    ok ? 'ok' : 'MISSED',
  ]
}

// Three digits are more than such a measurement knows.
function rounded(value: number): number {
  return Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3))
}
