// What the sender's client calls a message and wants to be told of it; it stands before the payload (PROTO s6).
import { PluginError } from '../errors.js'
import type { Ask } from '../ports.js'

/** Goes with a message, outside of what is encrypted end to end, as clients that encrypt send it, too. */
export interface Label {
  /** 1 to 64 printable ASCII characters. */
  readonly id: string
  readonly asks: readonly Ask[]
  /** Such an id of an earlier message of the conversation that this one corrects. */
  readonly replaces?: string
}

const asks: readonly Ask[] = ['receipt', 'markers']
const id = /^[!-~]{1,64}$/u

/** The label for a message that its client calls so; none for a name that can not be carried. */
export function labelOf(
  name: string | null,
  wanted: readonly Ask[] = [],
  replaced: string | null = null,
): Label | null {
  if (name === null || !isId(name)) return null
  const label = { id: name, asks: asks.filter(ask => wanted.includes(ask)) }
  return replaced !== null && isId(replaced) ? { ...label, replaces: replaced } : label
}

/** Whether a client's name for a message can be carried. */
export function isId(text: string): boolean {
  return id.test(text)
}

/** Under which name a message is shown: the sender's own, as anywhere, or else the one that it has here. */
export function shownId(own: string, label: Label | undefined): string {
  return label?.id ?? own
}

/** What the sender called a message that was shown under a name; `null` for one that he gave no name. */
export function namedIn(shown: string): string | null {
  return isId(shown) && !/^[0-9a-f]{32}-[0-9]{1,10}$/u.test(shown) ? shown : null
}

export function labelLength(label: Label | undefined): number {
  return encodeLabel(label).length
}

const correction = 1 << asks.length

export function encodeLabel(label: Label | undefined): Buffer {
  if (!label) return Buffer.alloc(0)
  const { id: name, asks: wanted, replaces } = label
  const flags = asks.reduce((sum, ask, bit) => sum | (wanted.includes(ask) ? 1 << bit : 0), 0)
  const head = [Buffer.of(flags | (replaces === undefined ? 0 : correction)), encodeId(name)]
  return Buffer.concat(replaces === undefined ? head : [...head, encodeId(replaces)])
}

function encodeId(name: string): Buffer {
  return Buffer.concat([Buffer.of(name.length), Buffer.from(name, 'latin1')])
}

/** The label and what stands behind it. @throws PluginError `bad-format` where there should be one and is none */
export function splitLabel(octets: Buffer, labelled: boolean): { label: Label | null; rest: Buffer } {
  if (!labelled) return { label: null, rest: octets }
  const [flags = 255] = octets
  if (flags >= 2 * correction) throw refused()
  const name = readId(octets.subarray(1))
  const replaced = flags < correction ? null : readId(name.rest)
  const wanted = asks.filter((_, bit) => (flags & (1 << bit)) !== 0)
  const label = { id: name.id, asks: wanted, ...(replaced && { replaces: replaced.id }) }
  return { label, rest: (replaced ?? name).rest }
}

function readId(octets: Buffer): { readonly id: string; readonly rest: Buffer } {
  const [length = 0] = octets
  const text = octets.subarray(1, 1 + length).toString('latin1')
  if (text.length !== length || !isId(text)) throw refused()
  return { id: text, rest: octets.subarray(1 + length) }
}

function refused(): PluginError {
  return new PluginError('bad-format', 'The label of a message is not in the one accepted form.')
}
