// This server's own key: made once, kept in a file of its own, its routing keys renewed each week.
import { PluginError } from '../errors.js'
import {
  decodeSecretKey,
  encodeSecretKey,
  findUserId,
  generateServerKey,
  routingKeyPeriod,
  serverUserId,
  unwrappingKey,
  type Certificate,
  type UnwrappingKey,
} from '../openpgp/index.js'
import type { Clock, Domain, Fingerprint, KeyFile } from '../ports.js'
import { createAuthority, type Authority } from './authority.js'

/** A routing key of this server that others may still use; after `expires`, in milliseconds, it is gone. */
export interface OwnRoutingKey {
  readonly key: UnwrappingKey
  readonly expires: number
}

export interface ServerIdentity {
  readonly domain: Domain
  readonly fingerprint: Fingerprint
  readonly certificate: Certificate
  readonly authority: Authority
  /** Newest first: most onions are for that one. */
  readonly routingKeys: readonly OwnRoutingKey[]
  /** Makes the next routing key when it is time, and forgets those that ended. */
  renew(): Promise<void>
}

/**
 * Opens the server's key, or makes it at the first start.
 * @throws PluginError `secret-missing` for a broken file, `config-invalid` for the key of another domain
 */
export async function openIdentity(domain: Domain, file: KeyFile, clock: Clock): Promise<ServerIdentity> {
  const stored = await file.load()
  const serverKey = stored ? decodeSecretKey(stored) : generateServerKey(domain, clock.now())
  if (!findUserId(serverKey.certificate, serverUserId(domain))) throw ofAnother()
  if (!stored) await file.save(encodeSecretKey(serverKey))
  const authority = createAuthority(serverKey, domain, clock)
  let routing: readonly OwnRoutingKey[] = []
  const renew = async (): Promise<void> => {
    await authority.rotate(octets => file.save(octets))
    routing = await ownRoutingKeys(authority)
  }
  await renew()
  return {
    domain,
    fingerprint: authority.certificate().fingerprint,
    authority,
    renew,
    get certificate() {
      return authority.certificate()
    },
    get routingKeys() {
      return routing
    },
  }
}

async function ownRoutingKeys(authority: Authority): Promise<OwnRoutingKey[]> {
  const keys = await authority.routingKeys()
  return keys.reverse().map(({ publicKey, secret, notAfter }) => ({
    key: unwrappingKey(publicKey, secret),
    expires: notAfter + routingKeyPeriod,
  }))
}

function ofAnother(): PluginError {
  return new PluginError(
    'config-invalid',
    'The server key is that of another domain: correct server.domain, or name another file in secrets.server_key.',
  )
}
