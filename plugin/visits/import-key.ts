// A visitor's own secret key, brought here: it signs the statement and opens the copy of the mailbox key. Or the mailbox key alone.
import { domainOf, parseUserAddress } from '../addresses.js'
import { FieldError, orNullLater, PluginError } from '../errors.js'
import { parseMailboxText } from '../identity/index.js'
import {
  decodeSecretKey,
  encodeSecretKey,
  readArmor,
  signDocument,
  type Certificate,
  type UserKey,
} from '../openpgp/index.js'
import type { Directory } from '../pki/index.js'
import type { Clock, Domain, Random, UserAddress } from '../ports.js'
import type { Work } from '../work.js'
import { encodeProof } from './proof.js'
import type { Visits } from './registry.js'
import { encodeVisitStatement, nonceOctets, type VisitStatement } from './statement.js'
import type { Visit } from './visit.js'
import { ensureVisitor } from './visitor.js'
import { noVisit } from './words.js'

export interface ImportOptions {
  readonly domain: Domain
  readonly visits: Pick<Visits, 'byAccount' | 'ensureRoom'>
  readonly directory: Pick<Directory, 'server' | 'known' | 'mailbox' | 'keepUser'>
  readonly statementFor: (
    options: ImportOptions,
    user: UserAddress,
    key: VisitStatement['key'],
  ) => Omit<VisitStatement, 'nonce'>
  readonly work: Work
  readonly clock: Clock
  readonly random: Random
}

const fileField = { name: 'file', label: 'File' }
const longestFile = 65_536

/** The visit as it is then. @throws FieldError; nothing is kept of what was brought then */
export async function importKey(
  options: ImportOptions,
  account: UserAddress,
  file: string,
  passphrase: string,
): Promise<Visit> {
  const secret = readArmor(file, 'PRIVATE KEY BLOCK')
  if (secret !== null) return visitWithKey(options, account, ensureShort(secret), passphrase)
  const message = readArmor(file, 'MESSAGE')
  if (message !== null) return withMailbox(options, account, ensureShort(message), passphrase)
  throw wrong(
    'there is no exported key in it. Paste all of what "key export" gave, from BEGIN PGP to END PGP.',
  )
}

async function visitWithKey(
  options: ImportOptions,
  account: UserAddress,
  file: Buffer,
  passphrase: string,
): Promise<Visit> {
  const { visits, clock, random } = options
  const brought = await unlock(options, file, passphrase)
  const user = ownerOf(brought.certificate)
  await learn(options, user, brought.certificate)
  const known = await ensureVisitor(options, user, fileField)
  const { fingerprint } = known
  if (fingerprint !== brought.certificate.fingerprint)
    throw wrong(
      'this is another key than the one that the server of its user certified last. Export that one.',
    )
  visits.ensureRoom(account, user)
  const key = current(brought, known)
  const statement = { ...options.statementFor(options, user, fingerprint), nonce: random.octets(nonceOctets) }
  const signature = await signDocument(key, Buffer.from(encodeVisitStatement(statement)), clock.now())
  const proof = encodeProof({ ...statement, signature })
  const mailbox = await openMailbox(options, user, key)
  return { user, account, fingerprint, key, mailbox, proof, certificate: null, until: statement.until }
}

// One that was certified when nobody reached the own server comes with its user. It counts for the signature of that server alone.
async function learn(
  { domain, directory }: ImportOptions,
  user: UserAddress,
  { octets }: Certificate,
): Promise<void> {
  const home = domainOf(user)
  if (home === domain || (await directory.known(user)) !== null) return
  // Refused, it leaves the user unknown, and the visitor is told that.
  await orNullLater(directory.keepUser(home, octets))
}

async function unlock({ work }: ImportOptions, file: Buffer, passphrase: string): Promise<UserKey> {
  const clear = await refusing(() => work.run('unprotectKey', file, passphrase))
  if (clear === null) throw wrongPassphrase()
  return decodeSecretKey(clear)
}

// The copy here may know of revocations and certifications that the exported one does not.
function current(brought: UserKey, known: Certificate): UserKey {
  const has = ({ fingerprint }: { readonly fingerprint: UserKey['certificate']['fingerprint'] }): boolean =>
    brought.secrets.has(fingerprint)
  return known.subkeys.every(({ key }) => has(key)) ? { ...brought, certificate: known } : brought
}

async function openMailbox(
  { directory, work }: ImportOptions,
  user: UserAddress,
  key: UserKey,
): Promise<Visit['mailbox']> {
  const known = await directory.mailbox(user)
  if (!known?.copy) return null
  const secret = encodeSecretKey(key)
  try {
    const opened = await work.run('openCopy', known.copy, secret)
    return parseMailboxText(opened.toString(), known.key)
  } catch (error) {
    // To a subkey that is not in the file: she can write, and brings the mailbox key otherwise.
    if (error instanceof PluginError) return null
    throw error
  } finally {
    secret.fill(0)
  }
}

async function withMailbox(
  { visits, directory, work }: ImportOptions,
  account: UserAddress,
  file: Buffer,
  passphrase: string,
): Promise<Visit> {
  const visit = visits.byAccount(account)
  if (!visit) throw new PluginError('visit-refused', noVisit)
  const opened = await refusing(() => work.run('unprotectText', file, passphrase))
  if (opened === null) throw wrongPassphrase()
  const known = await directory.mailbox(visit.user)
  const mailbox = known && parseMailboxText(opened.toString(), known.key)
  if (!mailbox)
    throw wrong('it is not the mailbox key that the server of this user certified last. Export it anew.')
  return { ...visit, mailbox }
}

// XEP-0373 s8.5
function ownerOf({ userIds }: Certificate): UserAddress {
  const [only, ...others] = userIds.map(({ userId }) => userId)
  if (others.length > 0 || !only?.startsWith('xmpp:'))
    throw wrong('the key must have exactly one user ID, xmpp: and your address.')
  try {
    return parseUserAddress(only.slice('xmpp:'.length))
  } catch (error) {
    if (error instanceof PluginError) throw wrong('the user ID of the key has no address in it.')
    throw error
  }
}

async function refusing<Result>(run: () => Promise<Result>): Promise<Result> {
  try {
    return await run()
  } catch (error) {
    if (error instanceof PluginError) throw wrong(error.message)
    throw error
  }
}

function ensureShort(octets: Buffer): Buffer {
  if (octets.length > longestFile) throw wrong('it is too long for a key.')
  return octets
}

function wrong(fix: string): FieldError {
  return new FieldError(fileField.name, `${fileField.label}: ${fix}`)
}

function wrongPassphrase(): FieldError {
  return new FieldError(
    'passphrase',
    'Passphrase: it does not open this file. It was shown when the key was exported.',
  )
}
