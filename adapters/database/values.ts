// Rows as SQL takes many of them in one statement.

/** One row. */
export type Row = readonly (string | number | Buffer)[]

/** The text for `values`: `(?, ?), (?, ?)`. The rows have the same width, and their values follow as bindings. */
export function boundValues(rows: readonly Row[]): string {
  return rows.map(row => `(${row.map(() => '?').join(', ')})`).join(', ')
}

// SQLite takes 32,766 values in one statement; a row here has six at most.
const mostRows = 1000

/** As many rows at a time as one statement takes. */
export function slices<Item>(rows: readonly Item[]): Item[][] {
  return Array.from({ length: Math.ceil(rows.length / mostRows) }, (_, index) =>
    rows.slice(index * mostRows, (index + 1) * mostRows),
  )
}
