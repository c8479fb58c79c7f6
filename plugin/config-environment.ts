// Lays `P3DO_SECTION_KEY` of the environment over the tables of the configuration file.
import { nearest } from './config-mistakes.js'
import { sections, type SectionName } from './config-schema.js'
import type { Environment } from './config.js'
import { PluginError } from './errors.js'

type Tables = Record<string, unknown>

/** Raw tables with the environment on top, and which variable has set which `section.key`. */
export interface Layered {
  readonly tables: unknown
  readonly overridden: ReadonlyMap<string, string>
}

/**
 * The raw tables with the variables laid over them, still unchecked. Variables whose names begin otherwise than with
 * a known section are not ours and are left alone.
 * @throws PluginError `config-invalid` for a variable of a known section that names no key
 */
export function environmentLayer(raw: unknown, env: Environment): Layered {
  const overridden = new Map<string, string>()
  if (!isTable(raw)) return { tables: raw, overridden }
  const tables: Tables = { ...raw }
  for (const [name, value] of Object.entries(env)) {
    const key = value === undefined ? null : keyOf(name)
    if (key === null || value === undefined) continue
    const section: unknown = tables[key.section] ?? {}
    if (!isTable(section)) continue
    tables[key.section] = { ...section, [key.name]: valueOf(key, value) }
    overridden.set(`${key.section}.${key.name}`, name)
  }
  return { tables, overridden }
}

interface Key {
  readonly section: SectionName
  readonly name: string
}

function keyOf(variable: string): Key | null {
  for (const section of Object.keys(sections) as SectionName[]) {
    const prefix = `P3DO_${section.toUpperCase()}_`
    if (!variable.startsWith(prefix)) continue
    const name = variable.slice(prefix.length).toLowerCase()
    const known = Object.keys(sections[section].entries)
    if (known.includes(name)) return { section, name }
    const meant = `${prefix}${nearest(name, known).toUpperCase()}`
    throw new PluginError(
      'config-invalid',
      `The environment has ${variable}, which is no key; did you mean ${meant}?`,
    )
  }
  return null
}

const lists = new Set(['server.admins', 'federation.peers', 'mor.groups', 'dns.trust_anchors'])
const numbers = new Set([
  'mor.contexts',
  'mor.route_length',
  'mor.extra_hops',
  'mor.loops',
  'mor.loop_alarm',
  'delivery.patience',
  'visits.most',
  'federation.key_hold_down',
  'federation.key_quorum',
  'pseudonyms.most',
  'pseudonyms.delay',
])

function valueOf(key: Key, value: string): unknown {
  const name = `${key.section}.${key.name}`
  if (numbers.has(name)) return /^[0-9]{1,9}$/.test(value) ? Number(value) : value
  if (!lists.has(name)) return value
  return value.split(/[\s,]+/).filter(part => part !== '')
}

function isTable(value: unknown): value is Tables {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
