// Who logs in here with a certificate of another domain's authority, while that server may be away (PROTO s9.6).
import { domainOf, parseUserAddress } from '../addresses.js'
import { PluginError } from '../errors.js'
import type { Directory } from '../pki/index.js'
import type { Clock, Domain, Fingerprint, UserAddress } from '../ports.js'
import type { Work } from '../work.js'
import { longestCertificate } from './lengths.js'
import type { PeerAuthorities } from './peer-authorities.js'
import type { CertificateRefusal } from './visiting-certificate.js'

/** Why somebody is not let in by a certificate. */
export type VisitorRefusal =
  | CertificateRefusal
  | 'no-address'
  | 'several-addresses'
  | 'own-user'
  | 'home-untrusted'
  | 'authority-unknown'
  | 'statement-invalid'
  | 'key-unknown'
  | 'key-revoked'
  | 'key-untrusted'

/** Somebody is who the certificate says. */
export interface Visitor {
  readonly user: UserAddress
  /** Of the user's OpenPGP key. */
  readonly fingerprint: Fingerprint
  /** Until when all of that holds without asking again, milliseconds. */
  readonly until: number
}

/** A certificate by which nobody is let in. The message says to its holder why, and what to do. */
export class VisitorRefused extends PluginError {
  override readonly name = 'VisitorRefused'
  readonly refusal: VisitorRefusal

  constructor(refusal: VisitorRefusal) {
    super('certificate-invalid', words[refusal])
    this.refusal = refusal
  }
}

export interface VerifierOptions {
  readonly domain: Domain
  readonly directory: Pick<Directory, 'server' | 'known'>
  readonly authorities: Pick<PeerAuthorities, 'of'>
  readonly work: Work
  readonly clock: Clock
}

/**
 * Makes what says whose a client certificate, DER, is; the caller knows that whoever shows it has its key.
 * @throws VisitorRefused
 */
export function createVerifier(options: VerifierOptions): (certificate: Buffer) => Promise<Visitor> {
  const { domain: own, directory } = options
  return async certificate => {
    const user = await userIn(options, certificate)
    const home = domainOf(user)
    if (home === own) throw new VisitorRefused('own-user')
    if (!(await directory.server(home))) throw new VisitorRefused('home-untrusted')
    const until = await ensureIssued(options, home, certificate)
    return { user, fingerprint: await keyOf(directory, user), until }
  }
}

async function userIn({ work }: VerifierOptions, certificate: Buffer): Promise<UserAddress> {
  const isBounded = certificate.length <= longestCertificate
  const names = isBounded ? await work.run('readVisitingNames', certificate) : null
  if (names === null) throw new VisitorRefused('unreadable')
  const [address, ...others] = names.addresses
  if (others.length > 0) throw new VisitorRefused('several-addresses')
  try {
    return parseUserAddress(address ?? '')
  } catch (error) {
    if (error instanceof PluginError) throw new VisitorRefused('no-address')
    throw error
  }
}

async function ensureIssued(
  { authorities, work, clock }: VerifierOptions,
  home: Domain,
  certificate: Buffer,
): Promise<number> {
  const { peer, until } = await bound(authorities, home)
  const verdict = await work.run('judgeVisiting', certificate, peer.authority, peer.list, clock.now())
  if (verdict.refusal !== null) throw new VisitorRefused(verdict.refusal)
  return Math.min(verdict.until, until)
}

async function bound(
  authorities: VerifierOptions['authorities'],
  home: Domain,
): ReturnType<PeerAuthorities['of']> {
  try {
    return await authorities.of(home)
  } catch (error) {
    if (!(error instanceof PluginError)) throw error
    throw new VisitorRefused(error.code === 'recipient-unknown' ? 'authority-unknown' : 'statement-invalid')
  }
}

async function keyOf(directory: VerifierOptions['directory'], user: UserAddress): Promise<Fingerprint> {
  const known = await directory.known(user)
  if (!known) throw new VisitorRefused('key-unknown')
  if (known.doubt === 'revoked') throw new VisitorRefused('key-revoked')
  if (known.doubt !== null) throw new VisitorRefused('key-untrusted')
  return known.certificate.fingerprint
}

const byKey = 'Visit with your OpenPGP key instead.'
const words: Readonly<Record<VisitorRefusal, string>> = {
  unreadable: 'The certificate cannot be read. Get a new one from your own server.',
  'no-address':
    'There is no user’s address in the certificate. Use the one that P3DO on your own server gave you.',
  'several-addresses':
    'There are several addresses in the certificate; P3DO takes those with one. Get another one from your own server.',
  'own-user': 'This certificate is of a user of this server, who is no visitor. Log in as you usually do.',
  'home-untrusted': 'Your own server is not known here, or not trusted now. Go to another one that knows it.',
  'authority-unknown': `Your own server never told this one of its authority for certificates. ${byKey}`,
  'statement-invalid': `What your own server said of its authority for certificates has ended, or is not valid. ${byKey}`,
  'other-authority':
    'The certificate is not of your own server’s authority. Use the one that P3DO there gave you.',
  'not-yet': 'The certificate is not valid yet. Look whether the clocks are right.',
  ended: `The certificate has ended. ${byKey}`,
  'not-for-clients':
    'The certificate is not one to log in with. Use the one that P3DO on your own server gave you.',
  'list-invalid': `What is known here of revoked certificates of your own server is not valid. ${byKey}`,
  'list-ended': `Your own server has been away for so long that nobody here knows whether the certificate is still good. ${byKey}`,
  revoked: 'The certificate was revoked. Use another one.',
  'key-unknown': 'Your OpenPGP key is not known here. Go to a server that has heard of you.',
  'key-revoked': 'Your OpenPGP key was revoked, and all certificates with it. Begin anew on your own server.',
  'key-untrusted':
    'Your OpenPGP key is not trusted now, because your own server does not certify it any more.',
}
