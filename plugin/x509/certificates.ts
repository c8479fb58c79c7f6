// The domain's X.509 authority: certificates with which users log in at chat servers (RFC 5280, XEP-0178).
import { createPublicKey, generateKeyPair, randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import forge from 'node-forge'
import { domainOf } from '../addresses.js'
import { PluginError } from '../errors.js'
import type { Domain, UserAddress } from '../ports.js'
import {
  authorityExtensions,
  clientExtensions,
  subjectOf,
  type Extension,
  type NameAttribute,
} from './fields.js'
import { authorityLifetime, clientLifetime } from './lifetimes.js'

/** A certificate and its secret key, both PEM; the key as PKCS #8. */
export interface X509Pair {
  readonly certificate: string
  readonly key: string
}

const hour = 3_600_000
// The library has no elliptic curves.
const modulusLength = 3072

interface Fields {
  readonly subject: NameAttribute[]
  readonly issuer: NameAttribute[]
  readonly extensions: Extension[]
  readonly lifetime: number
}

/** Makes the authority of a domain; called once, its pair is kept. `now` is in milliseconds. */
export async function makeX509Authority(domain: Domain, now: number): Promise<X509Pair> {
  return selfSigned(domain, await generateKey(), now)
}

/** The authority with the same name and key and a new end: what it issued stays valid. `now` is in milliseconds. */
export function renewX509Authority(domain: Domain, { key }: X509Pair, now: number): X509Pair {
  const publicKey = createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString()
  return selfSigned(domain, { publicKey, key }, now)
}

function selfSigned(domain: Domain, { publicKey, key }: KeyPair, now: number): X509Pair {
  const name = subjectOf(domain, authorityName)
  const extensions = authorityExtensions()
  const fields = { subject: name, issuer: name, extensions, lifetime: authorityLifetime }
  return signed(publicKey, key, key, fields, now)
}

/**
 * Makes a key and a certificate for a user of the authority's domain. `now` is in milliseconds.
 * @throws PluginError `not-local` for a user of another domain, `config-invalid` for an authority of another domain
 */
export async function issueClientCertificate(
  domain: Domain,
  authority: X509Pair,
  user: UserAddress,
  now: number,
): Promise<X509Pair> {
  if (domainOf(user) !== domain)
    throw new PluginError('not-local', 'This server makes certificates for its own users only.')
  const issuer = forge.pki.certificateFromPem(authority.certificate)
  ensureAuthorityOf(domain, issuer)
  const { publicKey, key } = await generateKey()
  const extensions = clientExtensions(user, issuer.generateSubjectKeyIdentifier().getBytes())
  const fields = { subject: subjectOf(domain, user), issuer: issuer.subject.attributes, extensions }
  return signed(publicKey, key, authority.key, { ...fields, lifetime: clientLifetime }, now)
}

/**
 * Packs a user's pair with the authority's certificate for import into a chat client (PKCS #12, RFC 7292).
 * `name` is what the client shows; the password protects the key on its way.
 */
export function encodePkcs12(authority: X509Pair, client: X509Pair, name: string, password: string): Buffer {
  const chain = [client.certificate, authority.certificate].map(pem => forge.pki.certificateFromPem(pem))
  const key = forge.pki.privateKeyFromPem(client.key)
  const options = { algorithm: 'aes256', count: iterations, friendlyName: name } as const
  const packed = forge.pkcs12.toPkcs12Asn1(key, chain, password, options)
  return Buffer.from(forge.asn1.toDer(packed).getBytes(), 'latin1')
}

const authorityName = 'P3DO authority'
const iterations = 20_000

interface KeyPair {
  readonly publicKey: string
  readonly key: string
}

async function generateKey(): Promise<KeyPair> {
  const pair = await promisify(generateKeyPair)('rsa', { modulusLength })
  return {
    publicKey: pair.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    key: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
}

function signed(publicKey: string, key: string, signingKey: string, fields: Fields, now: number): X509Pair {
  const certificate = forge.pki.createCertificate()
  certificate.publicKey = forge.pki.publicKeyFromPem(publicKey)
  certificate.serialNumber = serialNumber()
  // Clocks of servers and clients differ.
  certificate.validity.notBefore = new Date(now - hour)
  certificate.validity.notAfter = new Date(now + fields.lifetime)
  certificate.setSubject(fields.subject)
  certificate.setIssuer(fields.issuer)
  certificate.setExtensions(fields.extensions)
  certificate.sign(forge.pki.privateKeyFromPem(signingKey), forge.md.sha256.create())
  return { certificate: forge.pki.certificateToPem(certificate), key }
}

// RFC 5280 s4.1.2.2: positive, and of no more than 20 octets.
function serialNumber(): string {
  const octets = randomBytes(16)
  octets[0] = ((octets[0] ?? 0) & 0x3f) | 0x40
  return octets.toString('hex')
}

function ensureAuthorityOf(domain: Domain, issuer: forge.pki.Certificate): void {
  const values = (attributes: readonly NameAttribute[]): string => attributes.map(({ value }) => value).join()
  if (values(issuer.subject.attributes) !== values(subjectOf(domain, authorityName)))
    throw new PluginError('config-invalid', 'The X.509 authority is that of another domain.')
}
