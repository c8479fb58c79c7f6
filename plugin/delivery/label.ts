// What the sender's client calls a message and wants to be told of it; it stands before the payload (PROTO s6).
import { PluginError } from '../errors.js'
import type { Ask } from '../ports.js'

/** Goes with a message, outside of what is encrypted end to end, as clients that encrypt send it, too. */
export interface Label {
  /** 1 to 64 printable ASCII characters. */
  readonly id: string
  readonly asks: readonly Ask[]
}

const asks: readonly Ask[] = ['receipt', 'markers']
const id = /^[!-~]{1,64}$/u

/** The label for a message that its client calls so; none for a name that can not be carried. */
export function labelOf(name: string | null, wanted: readonly Ask[] = []): Label | null {
  return name !== null && isId(name) ? { id: name, asks: asks.filter(ask => wanted.includes(ask)) } : null
}

/** Whether a client's name for a message can be carried. */
export function isId(text: string): boolean {
  return id.test(text)
}

/** The name under which a message is shown: one of its own, behind which the sender's stands for `namedIn`. */
export function shownId(own: string, label: Label | undefined): string {
  return label ? `${own}.${label.id}` : own
}

/** What the sender called a message that was shown under a name; `null` for any other name. */
export function namedIn(shown: string): string | null {
  const [, name = null] = /^[0-9a-f]{32}-[0-9]{1,10}\.([!-~]{1,64})$/u.exec(shown) ?? []
  return name
}

export function labelLength(label: Label | undefined): number {
  return label ? 2 + label.id.length : 0
}

export function encodeLabel(label: Label | undefined): Buffer {
  if (!label) return Buffer.alloc(0)
  const flags = asks.reduce((sum, ask, bit) => sum | (label.asks.includes(ask) ? 1 << bit : 0), 0)
  return Buffer.concat([Buffer.of(flags, label.id.length), Buffer.from(label.id, 'latin1')])
}

/** The label and what stands behind it. @throws PluginError `bad-format` where there should be one and is none */
export function splitLabel(octets: Buffer, labelled: boolean): { label: Label | null; rest: Buffer } {
  if (!labelled) return { label: null, rest: octets }
  const [flags = 255, length = 0] = octets
  const text = octets.subarray(2, 2 + length).toString('latin1')
  if (flags >= 1 << asks.length || text.length !== length || !isId(text))
    throw new PluginError('bad-format', 'The label of a message is not in the one accepted form.')
  const wanted = asks.filter((_, bit) => (flags & (1 << bit)) !== 0)
  return { label: { id: text, asks: wanted }, rest: octets.subarray(2 + length) }
}
