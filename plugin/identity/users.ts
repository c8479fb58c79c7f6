// This server's users and the custody of their keys: `hosted`, where the plugin makes and keeps the key, so that a client
// without any cryptography works, or `client`, where the user's own client has it.
import { homeOf, isPseudonym } from '../addresses.js'
import { PluginError } from '../errors.js'
import { generateUnwrappingKey, generateUserKey, type Certificate, type UserKey } from '../openpgp/index.js'
import type { Directory, Distrust } from '../pki/index.js'
import type { Clock, Domain, Fingerprint, UserAddress } from '../ports.js'
import type { Work } from '../work.js'
import { makeMailboxCopy } from './mailbox-copy.js'
import { loadRecord, saveRecord, type LocalUser, type RecordOptions } from './record.js'
import { createUserTurns } from './user-turns.js'

/** A user with his key as it is certified. */
export interface EnrolledUser extends LocalUser {
  readonly fingerprint: Fingerprint
  /** Why nobody trusts the key now, `null` where it is trusted. */
  readonly doubt: Distrust | null
}

// What a certification by this server ends. What was revoked, by the user or by an admin, is not certified again by itself.
const mendable: readonly (Distrust | null)[] = ['not-certified', 'certification-ended']

export interface LocalUsersOptions extends RecordOptions {
  readonly domain: Domain
  /** Where a user's certified certificate is published. */
  readonly directory: Pick<Directory, 'publishUser' | 'known'>
  readonly work: Work
  readonly clock: Clock
}

export interface LocalUsers {
  /** A user whom the host authenticated; the first call makes his keys: that is the enrolment. */
  enrolled(user: UserAddress): Promise<EnrolledUser>
  /** A user who is enrolled, else `null`. */
  find(user: UserAddress): Promise<LocalUser | null>
  /** Custody `client` from now on: certifies the key whose possession the user proved, and forgets the hosted one. */
  entrust(user: UserAddress, certificate: Certificate): Promise<void>
  /** Custody `hosted` from now on, with a new key. */
  host(user: UserAddress): Promise<EnrolledUser>
  /** A copy of his mailbox key for the holder of that certificate; `null` where it is not the one with this public half. */
  copyOf(user: UserAddress, certificate: Certificate, mailboxKey: Buffer): Promise<Buffer | null>
  /** Another mailbox key from now on, because a server that he visited knows the last one. */
  renewMailbox(user: UserAddress): Promise<void>
  /** Keeps nothing of the user any more. */
  forget(user: UserAddress): Promise<void>
}

export function createLocalUsers(options: LocalUsersOptions): LocalUsers {
  const inTurn = createUserTurns()
  return {
    find: user => loadRecord(options, user),
    enrolled: user => inTurn(user, () => enrol(options, user)),
    entrust: (user, certificate) => inTurn(user, () => entrust(options, user, certificate)),
    host: user => inTurn(user, () => host(options, user)),
    async copyOf(user, certificate, mailboxKey) {
      const mailbox = (await loadRecord(options, user))?.mailbox
      return mailbox?.octets.equals(mailboxKey) ? makeMailboxCopy(options, mailbox, certificate) : null
    },
    renewMailbox: user => inTurn(user, () => renewMailbox(options, user)),
    forget: user => inTurn(user, () => options.store.removeHostedKey(user)),
  }
}

// Stored before it is published: a crash in between is made up for at the next call.
async function enrol(options: LocalUsersOptions, user: UserAddress): Promise<EnrolledUser> {
  const { domain, directory } = options
  if (homeOf(user) !== domain)
    throw new PluginError('not-local', 'Only users of this server have a key here.')
  const local = await ensureRecord(options, user)
  const known = await directory.known(user)
  const certificate = local.key?.certificate ?? known?.certificate
  if (!certificate) throw lost()
  const isSame = known?.certificate.fingerprint === certificate.fingerprint
  if (isSame && !mendable.includes(known.doubt))
    return { ...local, fingerprint: certificate.fingerprint, doubt: known.doubt }
  await publish(options, user, certificate, local)
  return { ...local, fingerprint: certificate.fingerprint, doubt: null }
}

// Certified before the hosted key is forgotten: after a crash in between that one is certified again, and nothing is lost.
// A hosted key that was revoked must not be, and goes first.
async function entrust(
  options: LocalUsersOptions,
  user: UserAddress,
  certificate: Certificate,
): Promise<void> {
  const local = await ensureRecord(options, user)
  const { key, mailbox } = local
  const forget = (): Promise<void> => saveRecord(options, user, { key: null, mailbox })
  if (key && (await hasEnded(options, user, key))) await forget()
  await publish(options, user, certificate, local)
  await forget()
}

// Whoever has the user's key opens the copy, wherever the certificate came from.
async function publish(
  options: LocalUsersOptions,
  user: UserAddress,
  certificate: Certificate,
  { mailbox }: LocalUser,
): Promise<void> {
  const copy = await makeMailboxCopy(options, mailbox, certificate)
  await options.directory.publishUser(user, certificate, mailbox.octets, copy)
}

async function hasEnded(
  { directory }: LocalUsersOptions,
  user: UserAddress,
  { certificate }: UserKey,
): Promise<boolean> {
  const known = await directory.known(user)
  return (
    known?.certificate.fingerprint === certificate.fingerprint &&
    known.doubt !== null &&
    !mendable.includes(known.doubt)
  )
}

async function host(options: LocalUsersOptions, user: UserAddress): Promise<EnrolledUser> {
  const { mailbox } = await ensureRecord(options, user)
  await saveRecord(options, user, { key: generateUserKey(user, options.clock.now()), mailbox })
  return enrol(options, user)
}

// Stored before it is published; whoever asked for it asks again after a crash in between.
async function renewMailbox(options: LocalUsersOptions, user: UserAddress): Promise<void> {
  const { directory } = options
  const [local, known] = [await loadRecord(options, user), await directory.known(user)]
  if (!local || !known || (known.doubt !== null && !mendable.includes(known.doubt))) return
  const renewed = { key: local.key, mailbox: generateUnwrappingKey() }
  await saveRecord(options, user, renewed)
  await publish(options, user, known.certificate, renewed)
}

const day = 86_400_000

async function ensureRecord(options: LocalUsersOptions, user: UserAddress): Promise<LocalUser> {
  return (await loadRecord(options, user)) ?? create(options, user)
}

async function create(options: LocalUsersOptions, user: UserAddress): Promise<LocalUser> {
  const now = options.clock.now()
  // The moment in which a pseudonym's key is made is nobody's business.
  const made = isPseudonym(user) ? now - (now % day) : now
  const local = { key: generateUserKey(user, made), mailbox: generateUnwrappingKey() }
  await saveRecord(options, user, local)
  return local
}

function lost(): PluginError {
  return new PluginError(
    'custody-wrong',
    'Your key is not known here any more. Write "custody client" or "custody hosted".',
  )
}
