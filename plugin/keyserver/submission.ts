// What anybody may bring: news of a certificate that is already on the ring, signed by its key or its authority.
import { PluginError } from '../errors.js'
import type { Submitted } from '../openpgp/index.js'
import type { Directory } from '../pki/index.js'
import type { Domain, RingEntry, RingStore, Submission, UserAddress } from '../ports.js'
import type { Work } from '../work.js'
import { wantedByIdentity } from './names.js'

export interface SubmissionOptions {
  readonly domain: Domain
  readonly ring: RingStore
  readonly directory: Directory
  readonly work: Work
}

/** See `KeyServer.submit`. Where a subject is given, nothing but his certificate is taken. */
export type Submit = (received: string | Buffer, subject?: UserAddress) => Promise<Submission>

type Brought = Exclude<Submitted, { readonly kind: 'secret' }>

// Reading and verifying one takes some milliseconds of the thread that also opens users' messages.
const mostAtOnce = 16

/** Takes what is brought, so much at once. Nothing of it is ever logged. */
export function createSubmissions(options: SubmissionOptions): Submit {
  let underWay = 0
  return async (received, subject) => {
    if (underWay >= mostAtOnce)
      throw new PluginError('queue-full', 'Too many certificates are being brought. Try again in a minute.')
    underWay++
    try {
      return await submit(options, received, subject ?? null)
    } finally {
      underWay--
    }
  }
}

async function submit(
  options: SubmissionOptions,
  received: string | Buffer,
  subject: UserAddress | null,
): Promise<Submission> {
  if (received.length > longest) return tooLong
  try {
    const brought = await options.work.run('readSubmitted', received)
    if (brought.kind === 'secret') return secretKey
    const found = (await options.ring.withKey(brought.keyId)).filter(
      entry => subject === null || entry.subject === subject,
    )
    return await (brought.kind === 'revocation'
      ? submitRevocation(options, found, brought)
      : submitCertificate(options, found, brought))
  } catch (error) {
    if (!(error instanceof PluginError)) throw error
    if (error.code === 'bad-format')
      return { outcome: 'unreadable', reason: error.message, fingerprint: null }
    if (error.code === 'certificate-invalid') return refused(error.message)
    throw error
  }
}

async function submitCertificate(
  options: SubmissionOptions,
  entries: readonly RingEntry[],
  brought: Extract<Brought, { kind: 'certificate' }>,
): Promise<Submission> {
  const known = entries.find(({ fingerprint }) => fingerprint === brought.fingerprint)
  const reason = isOwnUser(options, brought.userIds) ? ownUser : unknown
  if (!known) return { ...refused(reason), fingerprint: brought.fingerprint }
  return amended(known, await options.directory.amend(known, brought.octets, brought.issuers))
}

// A bare revocation names its key by a claim; the merge verifies it against each that has this key ID.
async function submitRevocation(
  options: SubmissionOptions,
  entries: readonly RingEntry[],
  brought: Brought,
): Promise<Submission> {
  const [first] = entries
  if (first === undefined) return refused(unknown)
  const news = await Promise.all(entries.map(entry => options.directory.amend(entry, brought.octets)))
  return amended(entries[news.indexOf(true)] ?? first, news.includes(true))
}

function isOwnUser({ domain }: SubmissionOptions, userIds: readonly string[]): boolean {
  return userIds.some(userId => {
    const wanted = wantedByIdentity(userId)
    return wanted?.kind === 'user' && wanted.subject.endsWith(`@${domain}`)
  })
}

function amended({ fingerprint }: RingEntry, isNews: boolean): Submission {
  return isNews
    ? { outcome: 'updated', reason: 'The certificate was updated.', fingerprint }
    : { outcome: 'unchanged', reason: nothingNew, fingerprint }
}

function refused(reason: string): Submission {
  return { outcome: 'refused', reason, fingerprint: null }
}

const nothingNew = 'There is nothing new in it that its key or its authority signed, or its holder approved.'

const unknown =
  'This key server keeps the certificates that its own server or one of its peers certified; this is none of them.'
const ownUser =
  'Keys of users of this server are certified in chat: write "help" to P3DO there, or "custody client" for a key that your own client published.'
const secretKey: Submission = {
  outcome: 'secret',
  fingerprint: null,
  reason:
    'This is a secret key, and nobody else should have it. It was not kept. Others may have read it on its way: revoke it and make a new one.',
}

// What OpenPGP data takes at most here, armored; the worker is not even handed anything longer.
const longest = 98_304
const tooLong: Submission = {
  outcome: 'unreadable',
  fingerprint: null,
  reason:
    'This is far longer than a certificate may be; send one certificate, without the signatures of others.',
}
