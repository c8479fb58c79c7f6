// What passes between the plugin's thread and its worker.
import type { ErrorCode } from '../../plugin/errors.js'
import type { Jobs } from '../../plugin/work.js'

export interface Task {
  readonly id: number
  readonly name: keyof Jobs
  readonly job: readonly unknown[]
}

export type Done =
  | { readonly id: number; readonly result: unknown }
  /** `code` is null for what is no PluginError. */
  | { readonly id: number; readonly code: ErrorCode | null; readonly message: string }

/** Octets arrive as plain Uint8Array, also within lists and fields; the plugin works with Buffer. */
export function revive(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  if (Array.isArray(value)) return value.map(revive)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, revive(part)]))
}
