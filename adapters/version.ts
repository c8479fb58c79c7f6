// The version of this program, as its package says.
import { readFileSync } from 'node:fs'

/** The compiled program is one folder deeper than its source. */
export function programVersion(): string {
  const here = import.meta.url
  const manifest = new URL(here.includes('/dist/adapters/') ? '../../package.json' : '../package.json', here)
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version
}
