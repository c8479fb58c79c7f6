// Finds certificates: by fingerprint and key ID whatever their state, by name only while the name is true or revoked.
import { PluginError } from '../errors.js'
import { parseCertificate } from '../openpgp/index.js'
import type { Domain, Fingerprint, RingEntry, RingStore } from '../ports.js'
import { mailboxHash, wantedByIdentity, wantedBySearch, type Wanted } from './names.js'
import type { Doubt } from './verdicts.js'

export interface LookupOptions {
  readonly domain: Domain
  readonly ring: RingStore
  readonly doubt: Doubt
}

/** See `KeyServer.search`. */
export async function findBySearch(options: LookupOptions, text: string): Promise<readonly RingEntry[]> {
  const asked = text.replace(/^=/, '')
  const digits = /^(?:0x)?([0-9a-f]{16}|[0-9a-f]{40})$/i.exec(asked)?.[1]
  if (digits !== undefined) return findByKey(options.ring, digits)
  // Keys of version 6 have 64 digits; there are none here.
  if (/^0x/i.test(asked) && !/^0x[0-9a-f]{64}$/i.test(asked)) {
    throw new PluginError(
      'bad-format',
      'Write a fingerprint of 40 or a key ID of 16 hex digits after 0x; shorter ones can be forged.',
    )
  }
  return findNamed(options, wantedBySearch(asked))
}

/** See `KeyServer.byKey`. */
export async function findByKey(ring: RingStore, digits: string): Promise<readonly RingEntry[]> {
  const asked = digits.toLowerCase()
  const found = await ring.withKey(asked.slice(-16))
  return asked.length === 16 ? found : found.filter(entry => hasKey(entry, asked))
}

/** See `KeyServer.byIdentity`. */
export function findByIdentity(options: LookupOptions, identity: string): Promise<readonly RingEntry[]> {
  return findNamed(options, wantedByIdentity(identity))
}

/** See `KeyServer.canonical`. */
export async function findCanonical(options: LookupOptions, identity: string): Promise<readonly RingEntry[]> {
  const [entry] = await findNamed(options, wantedByIdentity(identity))
  return entry && (await options.doubt(entry)) === null ? [entry] : []
}

// More change in a day only while a ring is filled.
const mostChanges = 100_000
const day = 86_400_000

/** See `KeyServer.changedOn`. */
export async function findChangedOn(ring: RingStore, date: string): Promise<readonly Fingerprint[]> {
  const start = /^\d{4}-\d{2}-\d{2}$/.test(date) ? Date.parse(date) : NaN
  // Date.parse takes the 31st of every month.
  if (Number.isNaN(start) || !new Date(start).toISOString().startsWith(date))
    throw new PluginError('bad-format', 'Write the day like 2026-06-01.')
  return ring.changedBetween(start, start + day, mostChanges)
}

/** See `KeyServer.byMailbox`. The one mail address of a domain that this server answers for is its authority's. */
export async function findByMailbox(
  options: LookupOptions,
  domain: string,
  hash: string,
): Promise<readonly RingEntry[]> {
  const isOwn = domain.toLowerCase() === options.domain && hash === mailboxHash('openpgp-ca')
  return isOwn ? findNamed(options, { kind: 'server', subject: options.domain }) : []
}

// What a certification that ended says of a name is no longer true; that it was revoked, everybody must get to know.
async function findNamed(
  { ring, doubt: doubtOf }: LookupOptions,
  wanted: Wanted | null,
): Promise<readonly RingEntry[]> {
  const entry = wanted && (await ring.find(wanted.kind, wanted.subject))
  if (!entry) return []
  const doubt = await doubtOf(entry)
  return doubt === null || doubt === 'revoked' || doubt === 'certification-revoked' ? [entry] : []
}

function hasKey({ fingerprint, certificate }: RingEntry, digits: string): boolean {
  const wanted = `04${digits}`
  if (fingerprint === wanted) return true
  return parseCertificate(certificate).subkeys.some(({ key }) => key.fingerprint === wanted)
}
