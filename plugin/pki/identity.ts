// This server's own key: made once, kept in a file of its own, its routing keys renewed each week, itself when the admin
// wants it (PROTO s9.7).
import { PluginError } from '../errors.js'
import {
  decodeServerKeys,
  encodeServerKeys,
  findUserId,
  generateServerKey,
  serverUserId,
  type Certificate,
} from '../openpgp/index.js'
import type { Clock, Domain, Fingerprint, KeyFile } from '../ports.js'
import type { Authority } from './authority.js'
import { changeKey, ownKeys, renewKeys, signingKey, type OwnKeys, type OwnRoutingKey } from './own-keys.js'
import { createTurns } from '../turns.js'

export interface ServerIdentity {
  readonly domain: Domain
  /** Of the certificate that others are shown. */
  readonly fingerprint: Fingerprint
  /** The certificate that others are shown, that of the newest key. */
  readonly shown: Certificate
  /** The certificate under which this server signs and judges; for an hour after a change of keys still the old one. */
  readonly certificate: Certificate
  /** The operations of the key that signs now. */
  readonly authority: Authority
  /** Those of the newest key. */
  readonly newest: Authority
  /** Certificates of keys that were replaced and still open what comes, newest first, with their revocations. */
  readonly replaced: readonly Certificate[]
  /** Newest first: most onions are for that one. */
  readonly routingKeys: readonly OwnRoutingKey[]
  /** When the newest key is to begin to sign, in milliseconds; `null` where it does. */
  readonly signsFrom: number | null
  /** Makes a new key, to which the present one hands over. @throws PluginError `too-many-requests` for changes in short order */
  change(): Promise<void>
  /** Lets the newest key sign from now on. */
  sign(): void
  /** Makes the next routing key when it is time, and forgets keys that ended. */
  renew(): Promise<void>
}

/**
 * Opens the server's key, or makes it at the first start.
 * @throws PluginError `secret-missing` for a broken file, `config-invalid` for the key of another domain
 */
export async function openIdentity(domain: Domain, file: KeyFile, clock: Clock): Promise<ServerIdentity> {
  const octets = await file.load()
  const keys = octets ? decodeServerKeys(octets) : ([generateServerKey(domain, clock.now())] as const)
  if (!keys.every(({ certificate }) => findUserId(certificate, serverUserId(domain)))) throw ofAnother()
  if (!octets) await file.save(encodeServerKeys(keys))
  const own = await ownKeys(domain, file, clock, keys)
  await renewKeys(own)
  return identityOf(own)
}

function identityOf(own: OwnKeys): ServerIdentity {
  const inTurn = createTurns()
  return {
    domain: own.domain,
    change: () => inTurn(() => changeKey(own)),
    renew: () => inTurn(() => renewKeys(own)),
    sign: () => void (own.signsFrom = null),
    get fingerprint() {
      return own.keys[0].authority.certificate().fingerprint
    },
    get shown() {
      return own.keys[0].authority.certificate()
    },
    get certificate() {
      return signingKey(own).authority.certificate()
    },
    get authority() {
      return signingKey(own).authority
    },
    get newest() {
      return own.keys[0].authority
    },
    get replaced() {
      return own.keys.flatMap(({ stored }) => stored?.certificate ?? [])
    },
    get routingKeys() {
      return own.keys.flatMap(({ routing }) => routing)
    },
    get signsFrom() {
      return own.signsFrom
    },
  }
}

function ofAnother(): PluginError {
  return new PluginError(
    'config-invalid',
    'The server key is that of another domain: correct server.domain, or name another file in secrets.server_key.',
  )
}
