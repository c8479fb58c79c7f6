// A message on its way out, as it lies in the store: sealed, since it says who writes to whom.
import * as v from 'valibot'
import type { DeliveryStore, UserAddress } from '../ports.js'
import type { Sealer } from '../sealer.js'
import type { Parcel } from './parcel.js'
import { messageFields } from './sealed-fields.js'

/** What is kept of a message until it is acknowledged. */
export interface OutgoingMessage extends Pick<Parcel, 'sender' | 'recipient' | 'kind' | 'label' | 'payload'> {
  /** How the host calls it, for the error when it does not arrive; `null` where nobody waits for one. */
  readonly id: string | null
  /** The mailbox to which it was sent the last time; none where that was the recipient's home. */
  readonly mailbox?: string
}

const head = v.strictObject({
  ...messageFields,
  id: v.nullable(v.string()),
  mailbox: v.exactOptional(v.string()),
})

/** Where a message stands: its conversation (16 octets) and its number there. */
export interface Place {
  readonly conversation: Buffer
  readonly sequence: number
}

/** Seals a message for its place; it opens nowhere else. */
export function sealOutgoing(sealer: Sealer, place: Place, message: OutgoingMessage): Buffer {
  const { payload, ...fields } = message
  const text = Buffer.from(JSON.stringify(fields))
  const length = Buffer.alloc(4)
  length.writeUInt32BE(text.length)
  return sealer.seal(labelOf(place), Buffer.concat([length, text, payload]))
}

/** The message of a place, or `null` where there is none any more. */
export async function loadOutgoing(
  store: DeliveryStore,
  sealer: Sealer,
  place: Place,
): Promise<OutgoingMessage | null> {
  const sealed = await store.loadOutgoing(place.conversation, place.sequence)
  if (sealed === null) return null
  const octets = sealer.unseal(labelOf(place), sealed)
  const end = 4 + octets.readUInt32BE(0)
  const fields = v.parse(head, JSON.parse(octets.toString('utf8', 4, end)))
  const { label, ...rest } = fields
  return { ...rest, ...(label && { label }), payload: octets.subarray(end) }
}

/** The label of a conversation that goes out, for its name in the store. */
export function conversationLabel(sender: UserAddress, recipient: UserAddress): string {
  return `conversation ${sender} ${recipient}`
}

function labelOf({ conversation, sequence }: Place): string {
  return `outgoing ${conversation.toString('hex')} ${String(sequence)}`
}
