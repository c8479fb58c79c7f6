// A server's old key says which key follows it: a certification that names the new one (RFC 9580 s5.2.1.4; PROTO s9.7).
import { addUserIdSignature, findUserId, type Certificate } from './certificate.js'
import { isDisowned, supersede } from './key-revocation.js'
import { signerOf } from './secret-key.js'
import type { ServerKey } from './server-key.js'
import { certifiedOctets, signatureType, type Signature } from './signature.js'
import { makeSignature } from './signing.js'
import { certificationBy } from './standing.js'
import { findNotation, notation } from './subpackets.js'
import { PluginError } from '../errors.js'

// No other certification that a server makes has it, so that none can be taken for this one.
const successorNotation = 'successor@p3do.invalid'

/** Both keys of a change: the new one, certified by the old one, and the old one, revoked as superseded. */
export interface Succession {
  readonly next: ServerKey
  readonly old: ServerKey
}

/** Lets the old key hand over to the next, which has the same user ID. `now` is in milliseconds. */
export function handOver(old: ServerKey, next: ServerKey, userId: string, now: number): Succession {
  const { certificate } = next
  const claimed = findUserId(certificate, userId)
  if (claimed === null)
    throw new PluginError('config-invalid', 'The next key is that of another domain; make a new one.')
  const name = Buffer.from(certificate.fingerprint, 'hex')
  const body = makeSignature(
    signerOf(old, old.certificate.primary),
    signatureType.genericCertification,
    certifiedOctets(certificate.primary, claimed.packet),
    now,
    [notation(successorNotation, name)],
  )
  return {
    next: { ...next, certificate: addUserIdSignature(certificate, claimed, body) },
    old: supersede(old, `superseded by ${certificate.fingerprint}`, now),
  }
}

/** When the older key handed over to the newer one, in milliseconds; `null` where it did not, or is not to be believed. */
export async function handedOver(
  older: Certificate,
  newer: Certificate,
  userId: string,
  now: number,
): Promise<number | null> {
  const claimed = findUserId(newer, userId)
  if (claimed === null || (await isDisowned(older))) return null
  const found = await certificationBy(older.primary, newer.primary, claimed, now)
  return found !== null && found !== 'revoked' && names(found, newer) ? found.created * 1000 : null
}

function names(signature: Signature, { fingerprint }: Certificate): boolean {
  return findNotation(signature.hashed, successorNotation)?.toString('hex') === fingerprint
}
