// What anybody may bring: news of a certificate that is already on the ring, signed by its key or its authority.
import { PluginError } from '../errors.js'
import {
  dearmorCertificates,
  holdsSecretKey,
  issuerKeyIdOf,
  parseBareRevocation,
  parseCertificate,
  type Certificate,
  type Signature,
} from '../openpgp/index.js'
import type { Directory } from '../pki/index.js'
import type { Domain, RingEntry, RingStore, Submission } from '../ports.js'
import { wantedByIdentity } from './names.js'

export interface SubmissionOptions {
  readonly domain: Domain
  readonly ring: RingStore
  readonly directory: Directory
}

/** See `KeyServer.submit`. Nothing of what is brought is ever logged. */
export async function submit(options: SubmissionOptions, received: string | Buffer): Promise<Submission> {
  try {
    const octets = typeof received === 'string' ? dearmorCertificates(received) : received
    if (holdsSecretKey(octets)) return secretKey
    const revocation = parseBareRevocation(octets)
    return revocation === null
      ? await submitCertificate(options, parseCertificate(octets))
      : await submitRevocation(options, revocation)
  } catch (error) {
    if (!(error instanceof PluginError)) throw error
    if (error.code === 'bad-format') return { outcome: 'unreadable', reason: error.message }
    if (error.code === 'certificate-invalid') return refused(error.message)
    throw error
  }
}

async function submitCertificate(options: SubmissionOptions, received: Certificate): Promise<Submission> {
  const entries = await options.ring.withKey(received.primary.keyId)
  const known = entries.find(({ fingerprint }) => fingerprint === received.fingerprint)
  if (!known) return refused(isOwnUser(options, received) ? ownUser : unknown)
  return amended(await options.directory.amend(known, received))
}

// A bare revocation names its key by a claim; the merge verifies it against each that has this key ID.
async function submitRevocation(options: SubmissionOptions, revocation: Signature): Promise<Submission> {
  const entries = await options.ring.withKey(issuerKeyIdOf(revocation))
  if (entries.length === 0) return refused(unknown)
  const news = await Promise.all(entries.map(entry => revoke(options, entry, revocation)))
  return amended(news.includes(true))
}

function revoke({ directory }: SubmissionOptions, entry: RingEntry, revocation: Signature): Promise<boolean> {
  const stored = parseCertificate(entry.certificate)
  return directory.amend(entry, { ...stored, signatures: [revocation] })
}

function isOwnUser({ domain }: SubmissionOptions, { userIds }: Certificate): boolean {
  return userIds.some(({ userId }) => {
    const wanted = wantedByIdentity(userId)
    return wanted?.kind === 'user' && wanted.subject.endsWith(`@${domain}`)
  })
}

function amended(isNews: boolean): Submission {
  return isNews
    ? { outcome: 'updated', reason: 'The certificate was updated.' }
    : { outcome: 'unchanged', reason: 'There is nothing new in it that its key or its authority signed.' }
}

function refused(reason: string): Submission {
  return { outcome: 'refused', reason }
}

const unknown =
  'This key server keeps the certificates that its own server or one of its peers certified; this is none of them.'
const ownUser =
  'Keys of users of this server are made and certified here: write "help" to P3DO in your chat client. A key of your own client is not taken yet.'
const secretKey: Submission = {
  outcome: 'secret',
  reason:
    'This is a secret key, and nobody else should have it. It was not kept. Others may have read it on its way: revoke it and make a new one.',
}
