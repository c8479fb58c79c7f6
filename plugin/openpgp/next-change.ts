// When time alone may change what a certificate's signatures say (RFC 9580 s5.2.3.11, s5.2.3.13, s5.2.3.18).
import type { Certificate } from './certificate.js'
import type { PublicKey } from './public-key.js'
import type { Signature } from './signature.js'
import { clockTolerance } from './signing.js'
import { findTime, subpacketType } from './subpackets.js'

/**
 * The first moment after `now` at which one of its signatures or keys begins or ends; `Infinity` where none does. Whatever
 * was found out about the certificate at `now` holds until then. All in milliseconds.
 */
export function nextChange({ primary, signatures, userIds, subkeys }: Certificate, now: number): number {
  const groups = [
    { key: primary, signatures },
    ...userIds.map(item => ({ ...item, key: primary })),
    ...subkeys,
  ]
  const moments = groups.flatMap(group => [
    group.key.created * 1000 - clockTolerance,
    ...group.signatures.flatMap(signature => momentsOf(group.key, signature)),
  ])
  return moments.reduce((first, moment) => (moment > now && moment < first ? moment : first), Infinity)
}

function momentsOf(key: PublicKey, { created, expires, hashed }: Signature): number[] {
  const lifetime = findTime(hashed, subpacketType.keyExpires) ?? 0
  const keyEnd = lifetime === 0 ? Infinity : key.created + lifetime
  return [created * 1000 - clockTolerance, expires * 1000, keyEnd * 1000]
}
