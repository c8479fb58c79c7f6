// A server's own keys as records of DNS, from its key files.
import { PluginError } from '../errors.js'
import { decodeServerKeys, findUserId, serverUserId, withoutRoutingKeys } from '../openpgp/index.js'
import type { ServerKey } from '../openpgp/index.js'
import type { Domain } from '../ports.js'
import type { KeyRecord } from './record.js'
import type { ServerKeys } from './zone.js'

// A zone that is written by hand is written once a year.
const lifetime = 365 * 86_400

/** What else is said in DNS beside a server's keys. */
export interface KeySurroundings {
  readonly component: Domain
  readonly keyServer: Domain | null
  /** Pin of the X.509 authority; null as long as there is none. */
  readonly x509: string | null
}

/**
 * What should be in DNS for a server; `around` says where its key can be had. `active` and `next` are the octets of key files, `next` null where no other key
 * follows; `now` is in milliseconds.
 * @throws PluginError `secret-missing` for a broken file, `config-invalid` for the key of another domain
 */
export function serverKeys(
  domain: Domain,
  active: Buffer,
  next: Buffer | null,
  around: KeySurroundings,
  now: number,
): ServerKeys {
  const { certificate } = ownKey(domain, active)
  const id = numberOf(now)
  const { component, keyServer, x509 } = around
  const pointers = [...(keyServer === null ? [] : [`hkps://${keyServer}`]), `xmpp:${component}`]
  const expires = Math.floor(now / 1000) + lifetime
  const records: KeyRecord[] = [
    { state: 'active', fingerprint: certificate.fingerprint, id, expires, pointers, x509 },
  ]
  if (next !== null) {
    const { fingerprint } = ownKey(domain, next).certificate
    records.push({ state: 'next', fingerprint, id, expires: null, pointers: [], x509: null })
  }
  return {
    domain,
    keyServer,
    records,
    certificate: withoutRoutingKeys(certificate).octets,
  }
}

function ownKey(domain: Domain, octets: Buffer): ServerKey {
  const [key] = decodeServerKeys(octets)
  if (findUserId(key.certificate, serverUserId(domain))) return key
  throw new PluginError('config-invalid', 'A key file has the key of another domain; name the right file.')
}

// Year, month, day, hour and minute: grows, and people can read it.
function numberOf(now: number): number {
  return Number(new Date(now).toISOString().replace(/\D/g, '').slice(0, 12))
}
