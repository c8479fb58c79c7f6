// The statement that binds a domain's X.509 authority to its OpenPGP authority (PROTO s9.6).
import { X509Certificate, createHash } from 'node:crypto'
import { PluginError } from '../errors.js'
import { verifyDocument, type Certificate } from '../openpgp/index.js'
import type { Domain } from '../ports.js'

/** The text as it is signed, and one detached signature packet over it (RFC 9580 s10.4). */
export interface Binding {
  readonly text: Buffer
  readonly signature: Buffer
}

/** How long a statement holds, in milliseconds: as long as the certification of a user. */
export const bindingLifetime = 90 * 86_400_000
const longestText = 1024

/** States for so long that the certificate is the authority of the domain. `now` is in milliseconds. */
export async function makeBinding(
  domain: Domain,
  authority: string,
  sign: (octets: Buffer) => Promise<Buffer>,
  now: number,
): Promise<Binding> {
  const from = Math.floor(now / 1000)
  const text = encodeText(domain, authority, from, from + bindingLifetime / 1000)
  return { text, signature: await sign(text) }
}

/**
 * Checks that a domain's server says of an X.509 certificate, PEM, that it is the domain's authority now.
 * The server's OpenPGP certificate must be one that is trusted to be the domain's.
 * @returns when the statement ends, in milliseconds
 * @throws PluginError `certificate-invalid`
 */
export async function ensureBound(
  domain: Domain,
  authority: string,
  server: Certificate,
  { text, signature }: Binding,
  now: number,
): Promise<number> {
  if (text.length > longestText) throw refused('is too long')
  if (!(await verifyDocument(server, text, signature, now))) throw refused('is not signed by its server')
  const [from, until] = [secondsOf(text, 'from'), secondsOf(text, 'until')]
  if (!isCertificate(authority)) throw refused('came without a certificate')
  // Written again and compared: there is one way to write it.
  if (!encodeText(domain, authority, from, until).equals(text)) throw refused('is about another one')
  if (until * 1000 <= now || until - from > bindingLifetime / 1000) throw refused('is not of now')
  return until * 1000
}

/** From when a statement holds, in seconds; not a number where it does not say. */
export function bindingStart(text: Buffer): number {
  return secondsOf(text, 'from')
}

/** The pin of an authority's public key for DNS: the SHA-256 of its SubjectPublicKeyInfo (RFC 5280 s4.1.2.7). */
export function x509Pin(authority: string): string {
  const { publicKey } = new X509Certificate(authority)
  const octets = publicKey.export({ type: 'spki', format: 'der' })
  return `sha256:${createHash('sha256').update(octets).digest('base64url')}`
}

// The first line is the purpose: no other octets that a server signs begin so.
function encodeText(domain: Domain, authority: string, from: number, until: number): Buffer {
  const certificate = createHash('sha256').update(new X509Certificate(authority).raw).digest('hex')
  const lines = [
    'P3DO X.509 authority v1',
    `domain: ${domain}`,
    `certificate: sha256:${certificate}`,
    `key: ${x509Pin(authority)}`,
    `from: ${from}`,
    `until: ${until}`,
  ]
  return Buffer.from(`${lines.join('\n')}\n`)
}

function isCertificate(pem: string): boolean {
  try {
    return x509Pin(pem) !== '' && new X509Certificate(pem).ca
  } catch {
    return false // OpenSSL's errors for what is no PEM, or has no key that can be read, are many
  }
}

function secondsOf(text: Buffer, name: string): number {
  return Number(new RegExp(`^${name}: ([0-9]{1,12})$`, 'm').exec(text.toString('latin1'))?.[1])
}

function refused(reason: string): PluginError {
  return new PluginError('certificate-invalid', `The statement about an X.509 authority ${reason}.`)
}
