// A part of a message that came in, as it lies in the store: sealed, since it says who writes to whom.
import * as v from 'valibot'
import type { IncomingPart, UserAddress } from '../ports.js'
import type { Sealer } from '../sealer.js'
import type { Parcel } from './parcel.js'
import type { Label } from './label.js'
import { messageFields } from './sealed-fields.js'

/** A message that is complete, as it is shown. */
export interface IncomingMessage {
  readonly sender: UserAddress
  readonly recipient: UserAddress
  readonly kind: Parcel['kind']
  readonly label?: Label
  readonly payload: Buffer
  /** When the first of its parts came, milliseconds. */
  readonly arrived: number
}

const sealedPart = v.strictObject({ ...messageFields, payload: v.string() })

/** The part of a parcel for the store. `name` is that of its conversation here. */
export function sealPart(sealer: Sealer, name: Buffer, parcel: Parcel, arrived: number): IncomingPart {
  const { sender, recipient, kind, label, sequence, part, parts } = parcel
  const fields = { sender, recipient, kind, label, payload: parcel.payload.toString('base64') }
  const sealed = sealer.seal(labelOf({ name, sequence, part, parts }), Buffer.from(JSON.stringify(fields)))
  return { name, sequence, part, parts, arrived, sealed }
}

/** The message of that number, or `null` while a part is missing. `stored` are parts of the conversation. */
export function completeMessage(
  sealer: Sealer,
  stored: readonly IncomingPart[],
  sequence: number,
): IncomingMessage | null {
  const ofMessage = stored.filter(part => part.sequence === sequence)
  // Cut anew, a message may have come in two ways; one of them is complete.
  const counts = [...new Set(ofMessage.map(({ parts }) => parts))]
  const whole = counts
    .map(count => ofMessage.filter(({ parts }) => parts === count))
    .find(parts => parts.length === parts[0]?.parts)
  if (!whole) return null
  const opened = whole.sort((one, other) => one.part - other.part).map(part => openPart(sealer, part))
  const [first] = opened
  const arrived = Math.min(...whole.map(part => part.arrived))
  return first ? { ...first, arrived, payload: Buffer.concat(opened.map(({ payload }) => payload)) } : null
}

function openPart(sealer: Sealer, part: IncomingPart): Omit<IncomingMessage, 'arrived'> {
  const text = sealer.unseal(labelOf(part), part.sealed).toString()
  const { label, ...fields } = v.parse(sealedPart, JSON.parse(text))
  return { ...fields, ...(label && { label }), payload: Buffer.from(fields.payload, 'base64') }
}

function labelOf({ name, sequence, part, parts }: Omit<IncomingPart, 'arrived' | 'sealed'>): string {
  return `incoming ${name.toString('hex')} ${[sequence, part, parts].join(' ')}`
}
