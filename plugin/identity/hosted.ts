// Users whose key the plugin makes and keeps, sealed at rest, so that a client without any cryptography works.
import { domainOf } from '../addresses.js'
import { PluginError } from '../errors.js'
import {
  decodeSecretKey,
  encodeSecretKey,
  generateUnwrappingKey,
  generateUserKey,
  secretOctets,
  unwrappingKey,
  type UnwrappingKey,
  type UserKey,
} from '../openpgp/index.js'
import type { Directory } from '../pki/index.js'
import type { Clock, Domain, HostedKeyStore, UserAddress } from '../ports.js'
import type { Sealer } from '../sealer.js'

export interface HostedUsersOptions {
  readonly domain: Domain
  readonly store: HostedKeyStore
  readonly sealer: Sealer
  /** Where a new user's certified certificate is published. */
  readonly directory: Directory
  readonly clock: Clock
}

/** What the plugin keeps for a hosted user. */
export interface HostedUser {
  readonly key: UserKey
  /** The user's own routing key: an onion to it finds him at any server. */
  readonly mailbox: UnwrappingKey
}

export interface HostedUsers {
  /** A user whom the host authenticated; the first call makes the keys: that is the enrolment. */
  enrolled(user: UserAddress): Promise<HostedUser>
  /** A user who is enrolled, else `null`. */
  find(user: UserAddress): Promise<HostedUser | null>
}

export function createHostedUsers(options: HostedUsersOptions): HostedUsers {
  const enrolling = new Map<UserAddress, Promise<HostedUser>>()
  return {
    find: user => load(options, user),
    enrolled(user) {
      const enrolment = enrolling.get(user) ?? enrol(options, user).finally(() => enrolling.delete(user))
      enrolling.set(user, enrolment)
      return enrolment
    },
  }
}

// Stored before it is published: a crash in between is made up for at the next call.
async function enrol(options: HostedUsersOptions, user: UserAddress): Promise<HostedUser> {
  const { domain, directory } = options
  if (domainOf(user) !== domain)
    throw new PluginError('not-local', 'Only users of this server have a key here.')
  const hosted = (await load(options, user)) ?? (await create(options, user))
  if (!(await directory.isPublished(user))) {
    await directory.publishUser(user, hosted.key.certificate, hosted.mailbox.octets)
  }
  return hosted
}

async function create({ store, sealer, clock }: HostedUsersOptions, user: UserAddress): Promise<HostedUser> {
  const key = generateUserKey(user, clock.now())
  const mailbox = generateUnwrappingKey()
  const octets = Buffer.concat([mailbox.octets, secretOctets(mailbox), encodeSecretKey(key)])
  await store.saveHostedKey(user, sealer.seal(labelOf(user), octets))
  octets.fill(0)
  return { key, mailbox }
}

async function load({ store, sealer }: HostedUsersOptions, user: UserAddress): Promise<HostedUser | null> {
  const sealed = await store.loadHostedKey(user)
  const octets = sealed && sealer.unseal(labelOf(user), sealed)
  if (!octets) return null
  const mailbox = unwrappingKey(octets.subarray(0, 32), octets.subarray(32, 64))
  return { key: decodeSecretKey(octets.subarray(64)), mailbox }
}

// The user's address in the label: one user's sealed keys do not open as another's.
function labelOf(user: UserAddress): string {
  return `hosted key ${user}`
}
