// From when and until when an authority certified a certificate, whatever a verdict says of it.
import { certificationBy, findUserId, standingOf, type Certificate } from '../openpgp/index.js'

/** In milliseconds; `keyEnds` is when the certificate ends by itself, `null` where it does not or ended already. */
export interface CertifiedSpan {
  readonly since: number
  readonly until: number
  readonly keyEnds: number | null
}

/** The span of the newest certification of that user ID; `null` where there is none, or it was taken back. */
export async function certifiedSpan(
  certificate: Certificate,
  userId: string,
  issuer: Certificate,
  now: number,
): Promise<CertifiedSpan | null> {
  const claimed = findUserId(certificate, userId)
  const found = claimed && (await certificationBy(issuer.primary, certificate.primary, claimed, now))
  if (found === null || found === 'revoked') return null
  const [key] = (await standingOf(certificate, now)).keys
  return {
    since: found.created * 1000,
    until: found.expires * 1000,
    keyEnds: key === undefined || key.notAfter === Infinity ? null : key.notAfter,
  }
}
