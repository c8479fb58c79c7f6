// Looks over what was issued: a certificate lives no longer than the account and the OpenPGP key of its user.
import type { Directory } from '../pki/index.js'
import type { Clock, Log, RevocationReason, RingStore, UserAddress, X509Entry, X509Store } from '../ports.js'
import { dayInWords } from '../time-words.js'

export interface ReviewOptions {
  readonly store: X509Store & RingStore
  readonly directory: Directory
  readonly tell: (user: UserAddress, words: string) => Promise<void>
  readonly clock: Clock
  readonly log: Log
}

const remindBefore = 14 * 86_400_000

/** @param takeBack revokes one entry */
export async function reviewCertificates(
  options: ReviewOptions,
  entries: readonly X509Entry[],
  takeBack: (entry: X509Entry, reason: RevocationReason) => Promise<unknown>,
): Promise<void> {
  const reasons = new Map<UserAddress, RevocationReason | null>()
  for (const entry of entries) {
    const { user } = entry
    if (user === null || entry.revoked !== null) continue
    const reason = reasons.has(user) ? reasons.get(user) : await reasonAgainst(options, user)
    reasons.set(user, reason ?? null)
    if (reason) {
      await takeBack(entry, reason)
      options.log.info({ serial: entry.serial, reason }, 'An X.509 certificate was taken back.')
    } else await remind(options, entry, user, entries)
  }
}

// What may pass, like a clock that is wrong for an hour, takes nothing back.
async function reasonAgainst(
  { store, directory }: ReviewOptions,
  user: UserAddress,
): Promise<RevocationReason | null> {
  const entry = await store.find('user', user)
  if (!entry) return 'account-gone'
  const doubt = await directory.doubt(entry)
  if (doubt === 'revoked') return 'key-compromise'
  return doubt === 'certification-revoked' || doubt === 'certification-ended' ? 'account-gone' : null
}

async function remind(
  { store, tell, clock }: ReviewOptions,
  entry: X509Entry,
  user: UserAddress,
  entries: readonly X509Entry[],
): Promise<void> {
  if (entry.reminded || entry.expires - clock.now() > remindBefore) return
  const follows = entries.some(
    other => other.user === user && other.expires > entry.expires && !other.revoked,
  )
  const end = dayInWords(entry.expires)
  if (!follows) await tell(user, `Your login certificate ends on ${end}; ask for the next one before.`)
  await store.putX509({ ...entry, reminded: true })
}
