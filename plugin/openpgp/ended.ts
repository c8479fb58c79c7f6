// Leaves out of a certificate what has ended for good, because what is merged only grows (RFC 9580 s5.2.3.13).
import { buildCertificate, type Certificate, type Subkey } from './certificate.js'
import { signatureType } from './signature.js'
import { findTime, subpacketType } from './subpackets.js'

/**
 * The certificate without the subkeys whose time is over; a server has a new one each week. Called with merged
 * certificates, whose signatures are verified. Revoked subkeys stay, so that no revocation is lost. `now` is in milliseconds.
 */
export function withoutEndedSubkeys(certificate: Certificate, now: number): Certificate {
  const subkeys = certificate.subkeys.filter(subkey => isRevoked(subkey) || endOf(subkey) > now)
  return subkeys.length === certificate.subkeys.length
    ? certificate
    : buildCertificate({ ...certificate, subkeys })
}

function isRevoked({ signatures }: Subkey): boolean {
  return signatures.some(({ type }) => type === signatureType.subkeyRevocation)
}

function endOf({ key, signatures }: Subkey): number {
  const bindings = signatures.filter(({ type }) => type === signatureType.subkeyBinding)
  const lifetimes = bindings.map(({ hashed }) => findTime(hashed, subpacketType.keyExpires) ?? 0)
  return Math.max(...lifetimes.map(lifetime => (lifetime === 0 ? Infinity : (key.created + lifetime) * 1000)))
}
