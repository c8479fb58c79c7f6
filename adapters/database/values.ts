// Rows as SQL takes many of them in one statement.

/** One row. */
export type Row = readonly (string | number | Buffer)[]

/** The text for `values`: `(?, ?), (?, ?)`. The rows have the same width, and their values follow as bindings. */
export function placeholders(rows: readonly Row[]): string {
  return rows.map(row => `(${row.map(() => '?').join(', ')})`).join(', ')
}
