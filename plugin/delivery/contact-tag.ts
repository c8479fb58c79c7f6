// The tag of the day under which a user is found who is away from his home (PROTO s12.5).
import { createHash } from 'node:crypto'
import { tagLength } from '../mor/index.js'
import type { Mailbox as CertifiedMailbox } from '../pki/index.js'

/** Where a user is found at whichever server: the key that his home certified as his. */
export type Mailbox = Pick<CertifiedMailbox, 'fingerprint' | 'key'>

/** @param day number of the UTC day */
export function contactTag({ fingerprint, key }: Mailbox, day: number): Buffer {
  const number = Buffer.alloc(4)
  number.writeUInt32BE(day)
  return createHash('sha256')
    .update('P3DO contact tag v1\0')
    .update(Buffer.from(fingerprint, 'hex'))
    .update(key)
    .update(number)
    .digest()
    .subarray(0, tagLength)
}
