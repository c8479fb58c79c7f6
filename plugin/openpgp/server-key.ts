// The server key: Ed25519 primary key that only certifies, a signing subkey, one X25519 routing subkey a week
// (RFC 9580 s10.1; PROTO s9.1).
import { PluginError } from '../errors.js'
import type { Domain } from '../ports.js'
import { buildCertificate, type Certificate } from './certificate.js'
import { bindSubkey, feature, selfCertify } from './new-certificate.js'
import { algorithm, keyOctets } from './public-key.js'
import { generateKey, signerOf, type SecretKey } from './secret-key.js'
import type { Signer } from './signing.js'
import { keyFlag, standingOf, type UsableKey } from './standing.js'

/** The secret key of a server. Only the authority of `plugin/pki` holds one. */
export type ServerKey = SecretKey

/** A routing key of one's own: 32 octets each, times in milliseconds. */
export interface RoutingKey {
  readonly publicKey: Buffer
  readonly secret: Buffer
  readonly notBefore: number
  readonly notAfter: number
}

/** A new routing key each week, each for two, so that old and new overlap. */
export const routingKeyPeriod = 7 * 86_400_000
const routingKeyLifetime = 14 * 86_400

/** The one user ID that a server's certificate has; OpenPGP CA bridges to exactly this form. */
export function serverUserId(domain: Domain): string {
  return `${domain} <openpgp-ca@${domain}>`
}

/** Makes a server's key, with its first routing key. `now` is in milliseconds. */
export function generateServerKey(domain: Domain, now: number): ServerKey {
  const primary = generateKey(algorithm.eddsaLegacy, now)
  const signing = generateKey(algorithm.eddsaLegacy, now)
  const features = feature.seipd1 | feature.seipd2
  const bare = selfCertify(primary, serverUserId(domain), keyFlag.certify, features, now)
  const subkeys = [bindSubkey(primary, signing, keyFlag.sign, null, now)]
  const certificate = buildCertificate({ ...bare, subkeys })
  return addRoutingKey({ certificate, secrets: secretsOf([primary, signing]) }, now)
}

/** The key with a new routing key. Routing keys that have ended go; their secrets are destroyed with them. */
export function addRoutingKey(serverKey: ServerKey, now: number): ServerKey {
  const { certificate } = serverKey
  const added = generateKey(algorithm.x25519, now)
  const bound = bindSubkey(
    signerOf(serverKey, certificate.primary),
    added,
    keyFlag.encrypt,
    routingKeyLifetime,
    now,
  )
  const lives = certificate.subkeys.filter(
    ({ key }) => key.algorithm !== algorithm.x25519 || (key.created + routingKeyLifetime) * 1000 > now,
  )
  const kept = [certificate.primary, ...lives.map(item => item.key)].map(key => signerOf(serverKey, key))
  return {
    certificate: buildCertificate({ ...certificate, subkeys: [...lives, bound] }),
    secrets: secretsOf([...kept, added]),
  }
}

/** Whether it is time for `addRoutingKey`. */
export async function needsRoutingKey(serverKey: ServerKey, now: number): Promise<boolean> {
  const newest = (await routingSubkeys(serverKey.certificate, now)).at(-1)
  return newest === undefined || newest.notBefore + routingKeyPeriod <= now
}

/** The own routing keys that others may still use, oldest first. */
export async function routingKeys(serverKey: ServerKey, now: number): Promise<RoutingKey[]> {
  const usable = await routingSubkeys(serverKey.certificate, now)
  return usable.map(({ key, notBefore, notAfter }) => {
    const { secret } = signerOf(serverKey, key)
    return { publicKey: keyOctets(key) ?? Buffer.alloc(0), secret, notBefore, notAfter }
  })
}

/**
 * The 32 octets of the routing key to which onions for that server are wrapped now: its newest.
 * @throws PluginError `certificate-invalid` where the certificate has none, or is not valid
 */
export async function currentRoutingKey(certificate: Certificate, now: number): Promise<Buffer> {
  const newest = (await routingSubkeys(certificate, now)).at(-1)
  const octets = newest && keyOctets(newest.key)
  if (!octets)
    throw new PluginError('certificate-invalid', 'A server has no routing key for now; fetch it anew.')
  return octets
}

/** When the newest routing key of a certificate was made, in seconds, whether it ended or not; 0 where there is none. */
export function newestRoutingKeyTime({ subkeys }: Certificate): number {
  const routing = subkeys.filter(({ key }) => key.algorithm === algorithm.x25519)
  return Math.max(0, ...routing.map(({ key }) => key.created))
}

/** The certificate without its routing keys, which change each week: for places that change once a year. */
export function withoutRoutingKeys(certificate: Certificate): Certificate {
  const subkeys = certificate.subkeys.filter(({ key }) => key.algorithm !== algorithm.x25519)
  return buildCertificate({ ...certificate, subkeys })
}

/** The key without its routing keys and their secrets: nothing that was wrapped to them can be opened any more. */
export function forgetRoutingKeys(serverKey: ServerKey): ServerKey {
  const certificate = withoutRoutingKeys(serverKey.certificate)
  const kept = [certificate.primary, ...certificate.subkeys.map(({ key }) => key)]
  return { certificate, secrets: secretsOf(kept.map(key => signerOf(serverKey, key))) }
}

async function routingSubkeys(certificate: Certificate, now: number): Promise<UsableKey[]> {
  const { keys } = await standingOf(certificate, now)
  const routing = keys.filter(
    ({ key, flags }) => key.algorithm === algorithm.x25519 && (flags & keyFlag.encrypt) !== 0,
  )
  return routing.sort((one, other) => one.notBefore - other.notBefore)
}

function secretsOf(signers: readonly Signer[]): ServerKey['secrets'] {
  return new Map(signers.map(({ key, secret }) => [key.fingerprint, secret]))
}
