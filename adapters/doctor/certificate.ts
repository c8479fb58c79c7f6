// What is to be said of a certificate that a server shows: its time, its names, and who vouches for it (RFC 5280, RFC 9525).
import type { X509Certificate } from 'node:crypto'
import type { TLSSocket } from 'node:tls'
import { ok, warning, wrong, type Finding } from './finding.js'

const day = 86_400_000
const endsSoon = 14 * day

/** `where` names the port, e.g. `The server port for a.example`; `now` is in milliseconds. */
export function certificateFindings(
  where: string,
  certificate: Pick<X509Certificate, 'validFrom' | 'validTo' | 'checkHost'>,
  name: string,
  now: number,
): Finding[] {
  const [from, to] = [Date.parse(certificate.validFrom), Date.parse(certificate.validTo)]
  const date = new Date(to).toISOString().slice(0, 10)
  const findings: Finding[] = []
  const renew = 'Renew it, and let the chat server load the new one.'
  if (now < from) findings.push(wrong(`${where} shows a certificate that is not valid yet.`, renew))
  else if (now >= to) findings.push(wrong(`${where} shows a certificate that ended on ${date}.`, renew))
  else if (to - now < endsSoon)
    findings.push(warning(`${where} shows a certificate that ends on ${date}.`, renew))
  if (certificate.checkHost(name, { subject: 'never' }) === undefined)
    findings.push(
      wrong(
        `${where} shows a certificate that is not for ${name}.`,
        `Get one that has ${name} among its names (subjectAltName).`,
      ),
    )
  return findings.length > 0
    ? findings
    : [ok(`${where} shows a certificate for ${name}, valid until ${date}.`)]
}

/** Who vouches for the certificate of an open connection. */
export function authorityFindings(where: string, socket: TLSSocket): Finding[] {
  // Names are judged apart, and so is time.
  const reason = socket.authorized ? '' : String(socket.authorizationError)
  const isJudged = reason === '' || ['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID'].includes(reason)
  if (isJudged || reason.startsWith('ERR_TLS_CERT_ALTNAME')) return []
  return [
    warning(
      `${where} shows a certificate that no authority known here vouches for.`,
      "Get one from an authority that others know: servers with s2s_secure_auth, Debian's default in Prosody, refuse this one.",
    ),
  ]
}
