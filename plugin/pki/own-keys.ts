// The keys of this server: the newest, and those that it replaced and that still open what comes, in one file (PROTO s9.7).
import { PluginError } from '../errors.js'
import {
  beforeSupersession,
  encodeServerKeys,
  generateServerKey,
  handedOver,
  routingKeyPeriod,
  serverUserId,
  unwrappingKey,
  type ServerKey,
  type UnwrappingKey,
} from '../openpgp/index.js'
import type { Clock, Domain, KeyFile } from '../ports.js'
import { createAuthority, type Authority } from './authority.js'

/** A routing key of this server that others may still use; after `expires`, in milliseconds, it is gone. */
export interface OwnRoutingKey {
  readonly key: UnwrappingKey
  readonly expires: number
}

/** One key. `stored` is how a replaced one stands in the file, with its revocation; `null` for the newest. */
export interface OwnKey {
  readonly authority: Authority
  readonly stored: ServerKey | null
  readonly routing: readonly OwnRoutingKey[]
}

export interface OwnKeys {
  readonly domain: Domain
  readonly file: KeyFile
  readonly clock: Clock
  /** Newest first. */
  keys: readonly [OwnKey, ...OwnKey[]]
  /** When the newest begins to sign, in milliseconds; `null` where it does. Until then the one before it signs. */
  signsFrom: number | null
}

// Peers take up a new key within minutes; then whoever sees its signatures can check them.
const announcedFor = 3_600_000
const mostReplaced = 4

/** What a file holds, newest first, without its routing keys: see `renewKeys`. */
export async function ownKeys(
  domain: Domain,
  file: KeyFile,
  clock: Clock,
  [newest, ...replaced]: readonly [ServerKey, ...ServerKey[]],
): Promise<OwnKeys> {
  const own = { domain, file, clock, signsFrom: null }
  const keys = [newestKey(own, newest), ...replaced.map(key => replacedKey(own, key))] as const
  const [before] = replaced
  if (!before) return { ...own, keys }
  const { certificate } = newest
  const at = await handedOver(before.certificate, certificate, serverUserId(domain), clock.now())
  return { ...own, keys, signsFrom: (at ?? 0) + announcedFor }
}

/** The key that signs now. */
export function signingKey({ keys, signsFrom }: OwnKeys): OwnKey {
  return (signsFrom === null ? undefined : keys[1]) ?? keys[0]
}

/** See `ServerIdentity.renew`. */
export async function renewKeys(own: OwnKeys): Promise<void> {
  const [{ authority }] = own.keys
  await authority.rotate(newest => own.file.save(Buffer.concat([newest, othersOf(own)])))
  const [newest, ...others] = await Promise.all(own.keys.map(withRouting))
  if (!newest) return
  const signing = signingKey(own).authority
  const kept = others.filter(key => key.authority === signing || key.routing.length > 0)
  own.keys = [newest, ...kept]
  if (kept.length === others.length) return
  await own.file.save(Buffer.concat([authority.secretKeyFile(), othersOf(own)]))
}

/** See `ServerIdentity.change`. */
export async function changeKey(own: OwnKeys): Promise<void> {
  const { domain, clock, file, keys } = own
  if (own.signsFrom !== null || keys.length > mostReplaced) throw tooSoon()
  const [present, ...others] = keys
  const { next, old } = present.authority.handOver(generateServerKey(domain, clock.now()))
  await file.save(Buffer.concat([encodeServerKeys([next, old]), othersOf(own)]))
  own.keys = [newestKey(own, next), replacedKey(own, old), ...others]
  own.signsFrom = clock.now() + announcedFor
  await renewKeys(own)
}

type Holding = Pick<OwnKeys, 'domain' | 'clock'>

function newestKey({ domain, clock }: Holding, key: ServerKey): OwnKey {
  return { authority: createAuthority(key, domain, clock), stored: null, routing: [] }
}

function replacedKey(holding: Holding, stored: ServerKey): OwnKey {
  const certificate = beforeSupersession(stored.certificate)
  return { ...newestKey(holding, { ...stored, certificate }), stored }
}

function othersOf({ keys }: OwnKeys): Buffer {
  return encodeServerKeys(keys.flatMap(({ stored }) => stored ?? []))
}

async function withRouting(key: OwnKey): Promise<OwnKey> {
  const routing = await key.authority.routingKeys()
  return {
    ...key,
    routing: routing.reverse().map(({ publicKey, secret, notAfter }) => ({
      key: unwrappingKey(publicKey, secret),
      expires: notAfter + routingKeyPeriod,
    })),
  }
}

function tooSoon(): PluginError {
  return new PluginError(
    'too-many-requests',
    'The last change of the key is not over yet: wait an hour, and two weeks after four changes.',
  )
}
