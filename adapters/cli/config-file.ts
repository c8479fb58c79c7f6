// The text of a new p3do.toml: every key with its meaning, those that are not given as comments.
import { describeKeys, type KeyDescription } from '../../plugin/config-keys.js'

/** Values by section and key, as they stand in the file. */
export type GivenValues = Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>

/** Used by `p3do init`. The result parses to the given values. */
export function renderConfigFile(given: GivenValues): string {
  const lines = ['# Configuration of P3DO. P3DO_SECTION_KEY in the environment wins over a key here.']
  let section = ''
  for (const key of describeKeys()) {
    if (key.section !== section) lines.push('', `[${key.section}]`)
    section = key.section
    lines.push(...renderKey(key, given[key.section]?.[key.key]))
  }
  return `${lines.join('\n')}\n`
}

function renderKey(key: KeyDescription, value: string | readonly string[] | undefined): string[] {
  const lines = [`# ${key.meaning}`, `# Allowed: ${key.allowed}.`]
  // A basic string and an array of TOML are written as in JSON (TOML 1.0, "String", "Array").
  if (value !== undefined) return [...lines, `${key.key} = ${JSON.stringify(value)}`]
  if (key.fallback !== null && key.otherwise === undefined) return [...lines, `#${key.key} = ${key.fallback}`]
  return [...lines, `# Left out here: ${key.otherwise ?? 'it is required'}.`, `#${key.key} =`]
}
