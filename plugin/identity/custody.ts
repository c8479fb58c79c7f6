// A user's choice who holds his key, and the end of a key: what the chat commands do.
import { PluginError } from '../errors.js'
import { parseFingerprint } from '../fingerprint.js'
import { revokeKey, type Certificate } from '../openpgp/index.js'
import type { Directory, Distrust } from '../pki/index.js'
import type { AccountLink, Clock, Fingerprint, Random, RingStore, UserAddress } from '../ports.js'
import { createChallenges, type Challenges } from './challenges.js'
import { ensureAcceptable } from './client-key.js'
import type { Publication } from './publication.js'
import type { EnrolledUser, LocalUsers } from './users.js'

export interface CustodyOptions {
  readonly accounts: AccountLink
  readonly locals: LocalUsers
  readonly directory: Directory
  readonly ring: RingStore
  readonly publication: Publication
  /** Says something that only the holder of that key can read. */
  readonly tellHolder: (user: UserAddress, key: Certificate, text: string) => Promise<void>
  readonly clock: Clock
  readonly random: Random
}

/** Each answers in words. @throws PluginError `custody-wrong` with what to do */
export interface Custody {
  describe(user: UserAddress): Promise<string>
  /** @param word the code that was sent, the fingerprint of a key where the client published several, or nothing */
  toClient(user: UserAddress, word?: string): Promise<string>
  toHosted(user: UserAddress): Promise<string>
  /** Revokes a hosted key for good. @param word its fingerprint; without it nothing is done yet */
  revoke(user: UserAddress, word?: string): Promise<string>
}

export function createCustody(options: CustodyOptions): Custody {
  const { locals } = options
  const challenges = createChallenges(options.clock, options.random)
  return {
    describe: async user => describe(await locals.enrolled(user), options.publication.isPossible),
    toClient: (user, word = '') =>
      /^[0-9a-f]{16}$/iu.test(word)
        ? confirm(options, challenges, user, word.toLowerCase())
        : challenge(options, challenges, user, word),
    toHosted: user => toHosted(options, user),
    revoke: (user, word = '') => revoke(options, user, word),
  }
}

function describe({ key, fingerprint, doubt }: EnrolledUser, isPossible: boolean | null): string {
  return [
    `Your key ${shown(fingerprint)} is held by ${key ? 'this server (custody hosted)' : 'your own client (custody client)'}.`,
    ...(doubt === null
      ? []
      : [
          `Nobody trusts it now: it is ${inWords(doubt)}. Write "custody hosted" or "custody client" for another.`,
        ]),
    ...(isPossible === false
      ? ['It is not put on your account for OX clients: this server lacks a module for that.']
      : []),
    key
      ? 'With a client that knows OpenPGP for XMPP (OX) you can hold it yourself: publish a key in it and write "custody client".'
      : 'To let this server encrypt for you instead, write "custody hosted".',
  ].join('\n')
}

async function challenge(
  options: CustodyOptions,
  challenges: Challenges,
  user: UserAddress,
  word: string,
): Promise<string> {
  const { accounts, locals, clock } = options
  const enrolled = await locals.enrolled(user)
  const listed = (await accounts.listedKeys(user)).map(item => item.fingerprint)
  const fingerprint = chooseKey(listed, enrolled, word)
  if (!enrolled.key && fingerprint === enrolled.fingerprint && enrolled.doubt === null)
    return again(options, user, fingerprint)
  const octets = await accounts.readKey(user, fingerprint)
  if (!octets)
    throw wrong(
      `The key ${shown(fingerprint)} is listed on your account, but is not there. Publish it again in your client.`,
    )
  const certificate = await ensureAcceptable(octets, user, clock.now())
  if (certificate.fingerprint !== fingerprint)
    throw wrong(
      'Under the fingerprint of that key another one is published. Publish it again in your client.',
    )
  const code = challenges.begin(user, certificate)
  await options.tellHolder(
    user,
    certificate,
    `Your code for P3DO is ${code}. If you asked for it, write: custody client ${code}`,
  )
  return `A code was sent to you, encrypted to your key ${shown(fingerprint)}. Open it in your client and write, without encryption and within ten minutes: custody client CODE`
}

function chooseKey(
  listed: readonly Fingerprint[],
  { key, fingerprint, doubt }: EnrolledUser,
  word: string,
): Fingerprint {
  // Who lost his nodes holds the certified key all the same.
  const kept = !key && doubt === null && listed.length === 0 ? [fingerprint] : listed
  const own = kept.filter(item => !key || item !== fingerprint)
  const [first, ...others] = word === '' ? own : own.filter(item => item === named(word))
  if (first === undefined)
    throw wrong(
      own.length === 0 ? nothingPublished : 'Your client has published no key with that fingerprint.',
    )
  if (others.length > 0)
    throw wrong(
      `Your client has published several keys. Name one: ${own.map(item => `custody client ${shown(item)}`).join(' or ')}`,
    )
  return first
}

function named(word: string): Fingerprint | null {
  return /^(?:04)?[0-9a-f]{40}$/iu.test(word) ? parseFingerprint(`04${word.slice(-40)}`) : null
}

// For who lost his nodes, or has prolonged his key: what is there is taken up, and put where it belongs.
async function again(
  { accounts, locals, directory, ring, publication }: CustodyOptions,
  user: UserAddress,
  fingerprint: Fingerprint,
): Promise<string> {
  const [entry, octets] = [await ring.find('user', user), await accounts.readKey(user, fingerprint)]
  if (entry && octets) await directory.amend(entry, octets)
  await publication.publish(user)
  const { doubt } = await locals.enrolled(user)
  if (doubt !== null)
    throw wrong(
      `Your key is ${inWords(doubt)} now. Publish another in your client and write "custody client".`,
    )
  return `Your client holds your key ${shown(fingerprint)} already; it is certified.`
}

async function confirm(
  options: CustodyOptions,
  challenges: Challenges,
  user: UserAddress,
  code: string,
): Promise<string> {
  const certificate = challenges.answer(user, code)
  if (!certificate)
    throw wrong('This is not the code, or it is too late. Write "custody client" for a new one.')
  const { key, fingerprint } = await options.locals.enrolled(user)
  if (key) options.publication.withdraw(fingerprint)
  await options.locals.entrust(user, certificate)
  return `Your key ${shown(certificate.fingerprint)} is certified, and your client holds it alone from now on. Encrypt in your client (OX) what you write to your contacts.`
}

async function toHosted({ locals }: CustodyOptions, user: UserAddress): Promise<string> {
  const { key, fingerprint, doubt } = await locals.enrolled(user)
  if (key && doubt === null) return `This server holds your key ${shown(fingerprint)} already.`
  const made = await locals.host(user)
  return `This server has made the key ${shown(made.fingerprint)} for you and holds it. It reads what you write and receives. Switch encryption off in your client, and remove the key that it published.`
}

async function revoke(
  { locals, directory, ring, clock }: CustodyOptions,
  user: UserAddress,
  word: string,
): Promise<string> {
  const { key, fingerprint } = await locals.enrolled(user)
  if (!key)
    throw wrong(
      'Your client holds your key, so that one has to revoke it; publish it again then, or bring the revocation to the key server.',
    )
  if (named(word) !== fingerprint)
    return `What was encrypted to your key and is still on its way will be lost. If you mean it, write: revoke ${shown(fingerprint)}`
  const entry = await ring.find('user', user)
  if (entry) await directory.amend(entry, revokeKey(key, clock.now()).octets)
  return `Your key ${shown(fingerprint)} is revoked, and everybody is told. Write "custody hosted" for a new one, or "custody client" to hold one yourself.`
}

function inWords(doubt: Distrust): string {
  return doubt.replaceAll('-', ' ')
}

function shown(fingerprint: Fingerprint): string {
  return fingerprint.slice(2).toUpperCase()
}

function wrong(message: string): PluginError {
  return new PluginError('custody-wrong', message)
}

const nothingPublished =
  'Your client has not published a key. Make one in it, let it publish the key (with go-sendxmpp: --ox-genprivkey-x25519), and write "custody client" again.'
