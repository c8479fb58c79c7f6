// Walks over the keys of the configuration with what the schema says of each.
import * as v from 'valibot'
import { sections, type KeyText } from './config-schema.js'

type Entries = Readonly<Record<string, v.GenericSchema>>

/** The keys of a section by name; none for a section that does not exist. */
export function entriesOf(section: string): Entries {
  return (sections as Readonly<Record<string, { readonly entries: Entries }>>)[section]?.entries ?? {}
}

/** What stands beside a key in the schema. */
export function textOf(schema: v.GenericSchema): KeyText {
  return v.getMetadata(schema) as unknown as KeyText
}

/** One key for the documentation and for the file that `p3do init` writes. */
export interface KeyDescription extends KeyText {
  readonly section: string
  readonly key: string
  readonly required: boolean
  /** The value in force when the key is left out, as TOML; null where `otherwise` says it in words. */
  readonly fallback: string | null
}

/** Every key, in the order of the schema. */
export function describeKeys(): KeyDescription[] {
  return Object.keys(sections).flatMap(section =>
    Object.entries(entriesOf(section)).map(([key, schema]) => {
      const { default: fallback } = schema as { default?: unknown }
      return {
        ...textOf(schema),
        section,
        key,
        required: schema.type !== 'optional',
        fallback: fallback === undefined ? null : JSON.stringify(fallback),
      }
    }),
  )
}
