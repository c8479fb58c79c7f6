// What DNS says of a domain now, after what it said before: what was signed once must stay signed, and numbers do not
// go back (PROTO s9.5).
import { PluginError } from '../errors.js'
import type { Clock, DnsLookup, DnsSecurity, DnsSeen, DnsStore, DnsTexts, Domain } from '../ports.js'
import { activeRecord, keyRecords, recordName } from './names.js'
import type { KeyRecord } from './record.js'

export interface Witnesses {
  readonly dns: DnsLookup
  readonly dnsSeen: DnsStore
  readonly clock: Clock
}

/** An answer that may be relied on as far as its security goes. */
export interface Consultation {
  readonly security: DnsSecurity
  /** Those that have not ended, at most one key of them active. */
  readonly records: readonly KeyRecord[]
  /** The highest number among all records; null where there is none. */
  readonly number: number | null
}

/**
 * Asks DNS for a domain's records. What is proven is remembered; for the rest see `remember`.
 * @throws PluginError `certificate-invalid` for signatures that are wrong or not there any more, for records that are
 * broken, contradict each other or are older than before; `host-unreachable` where nothing was proven before
 */
export async function consult(witnesses: Witnesses, domain: Domain): Promise<Consultation> {
  const { dnsSeen, clock } = witnesses
  const seen = await dnsSeen.loadDnsSeen(domain)
  const { texts, security } = await lookUp(witnesses, domain, seen)
  const all = keyRecords(texts)
  ensureProven(security, seen, all.length)
  const number = all.length === 0 ? null : Math.max(...all.map(({ id }) => id))
  ensureForward(security, seen, number)
  const records = all.filter(({ expires }) => expires === null || expires * 1000 > clock.now())
  activeRecord(records)
  const consultation = { security, records, number }
  if (security === 'secure') await remember(witnesses, domain, consultation)
  return consultation
}

/**
 * Remembers an answer. One that is not proven only after its key has shown itself: whoever forges an answer would
 * otherwise have the true ones refused afterwards.
 */
export async function remember(
  { dnsSeen }: Pick<Witnesses, 'dnsSeen'>,
  domain: Domain,
  { security, number }: Consultation,
): Promise<void> {
  const seen = await dnsSeen.loadDnsSeen(domain)
  const secured = security === 'secure'
  if (number === null || isSame(seen, { secured, number }) || (seen?.secured === true && !secured)) return
  await dnsSeen.saveDnsSeen(domain, { secured, number })
}

async function lookUp({ dns }: Witnesses, domain: Domain, seen: DnsSeen | null): Promise<DnsTexts> {
  try {
    return await dns.texts(recordName(domain))
  } catch (cause) {
    if (seen?.secured !== true) throw cause
    throw refused('were signed before and cannot be asked for now. Nothing is trusted without them.', cause)
  }
}

// Texts of others at the name may be signed as they like: a wildcard's are not understood here.
function ensureProven(security: DnsSecurity, seen: DnsSeen | null, count: number): void {
  const remedy = 'Ask its admin; until then a key that you checked can be pinned in federation.peers.'
  if (security === 'bogus' && count > 0)
    throw refused(
      `have wrong or missing DNSSEC signatures: the zone is broken, or somebody changes the answers. ${remedy}`,
    )
  if (seen?.secured === true && security !== 'secure')
    throw refused(`were signed with DNSSEC before and are not now, or are gone. ${remedy}`)
}

// Numbers without proof count nothing against those that are proven.
function ensureForward(security: DnsSecurity, seen: DnsSeen | null, number: number | null): void {
  if (seen === null || number === null || seen.secured !== (security === 'secure')) return
  if (number < seen.number)
    throw refused(
      'are older than those that were there before: somebody plays them back, or its admin put an old copy into the zone. They count again when p3do dns has printed new ones.',
    )
}

function isSame(seen: DnsSeen | null, { secured, number }: DnsSeen): boolean {
  return seen?.secured === secured && seen.number === number
}

function refused(what: string, cause?: unknown): PluginError {
  return new PluginError('certificate-invalid', `The records of a peer in DNS ${what}`, { cause })
}
