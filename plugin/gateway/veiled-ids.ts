// What a client calls its messages, told to others in a form that says nothing: many clients count, or have a style of their own, and
// two identities of one client would be seen to be one person's.
import type { UserAddress } from '../ports.js'
import type { Sealer } from '../sealer.js'

/** The two between whom a message goes: a pseudonym, and whoever it writes to. */
export interface Talk {
  readonly as: UserAddress
  readonly contact: UserAddress
}

const nonceLength = 8
const textLength = 40
const blockLength = 16

/** 64 characters for a client's name of a message, the same each time; `null` for a name of more than 39. */
export function veilId(sealer: Sealer, talk: Talk, id: string): string | null {
  const name = Buffer.from(id)
  if (name.length === 0 || name.length >= textLength) return null
  const text = Buffer.alloc(textLength)
  name.copy(text.fill(name.length, 0, 1), 1)
  const nonce = nonceOf(sealer, talk, text)
  return Buffer.concat([nonce, covered(sealer, talk, nonce, text)]).toString('base64url')
}

/** The name that a client gave; `null` for what was veiled in no message of this talk. */
export function unveilId(sealer: Sealer, talk: Talk, veiled: string): string | null {
  const octets = Buffer.from(veiled, 'base64url')
  if (octets.length !== nonceLength + textLength || octets.toString('base64url') !== veiled) return null
  const nonce = octets.subarray(0, nonceLength)
  const text = covered(sealer, talk, nonce, octets.subarray(nonceLength))
  const length = text[0] ?? 0
  if (!nonceOf(sealer, talk, text).equals(nonce) || length >= textLength) return null
  return text.toString('utf8', 1, 1 + length)
}

// Made of what it covers, so that it is never the same for two texts, and shows whether a text is one of ours.
function nonceOf(sealer: Sealer, { as, contact }: Talk, text: Buffer): Buffer {
  return sealer.name(`id of ${as} to ${contact}: ${text.toString('hex')}`).subarray(0, nonceLength)
}

function covered(sealer: Sealer, { as, contact }: Talk, nonce: Buffer, text: Buffer): Buffer {
  const blocks = Array.from({ length: Math.ceil(textLength / blockLength) }, (_, block) =>
    sealer.name(`cover of ${as} to ${contact}: ${nonce.toString('hex')} ${String(block)}`),
  )
  const cover = Buffer.concat(blocks)
  return Buffer.from(text.map((octet, at) => octet ^ (cover[at] ?? 0)))
}
