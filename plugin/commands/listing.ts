// Answers that are tables.
import type { Listing } from '../ports.js'

/** A table, or the words where it has no rows. */
export function listed(
  none: string,
  columns: readonly string[],
  rows: readonly (readonly string[])[],
): string | Listing {
  if (rows.length === 0) return none
  return {
    text: rows.map(([first = '', ...rest]) => `${first}: ${rest.join(', ')}`).join('\n'),
    columns,
    rows,
  }
}
