// What happens to a pseudonym when its time comes: its key is published, renewed, or revoked. Times are drawn for each alone, since
// everybody sees when keys change: what changes at the same time as another would be taken for the same person's.
import { revokeKey } from '../openpgp/index.js'
import type { Directory } from '../pki/index.js'
import type { Clock, Random, RingStore } from '../ports.js'
import type { Pseudonym } from './pseudonym-record.js'
import type { LocalUsers } from './users.js'

export interface PseudonymLifeOptions {
  readonly locals: LocalUsers
  readonly directory: Pick<Directory, 'amend' | 'renewUser' | 'revokeUser'>
  readonly ring: RingStore
  readonly clock: Clock
  readonly random: Random
}

const day = 86_400_000
// A certification lasts 90 days, and is not renewed in its first 30.
const renewal = { least: 31 * day, spread: 45 * day }

/** A time from now in the last three quarters of a span, so that it is never the time of what was done just now. */
export function someTime(
  { clock, random }: Pick<PseudonymLifeOptions, 'clock' | 'random'>,
  within: number,
): number {
  const least = Math.floor(within / 4)
  return clock.now() + least + random.below(within - least)
}

/** Does what is due, and says what is next. @throws PluginError and whatever stands in the way now */
export async function takeStep(options: PseudonymLifeOptions, pseudonym: Pseudonym): Promise<Pseudonym> {
  const { locals, directory, clock, random } = options
  if (pseudonym.state === 'ending') {
    await revoke(options, pseudonym)
    return { ...pseudonym, state: 'ended' }
  }
  await locals.enrolled(pseudonym.address)
  await directory.renewUser(pseudonym.address, (certificate, mailboxKey) =>
    locals.copyOf(pseudonym.address, certificate, mailboxKey),
  )
  return { ...pseudonym, state: 'live', due: clock.now() + renewal.least + random.below(renewal.spread) }
}

// The key goes last: a crash in between leaves what is ended the next time.
async function revoke(
  { locals, directory, ring, clock }: PseudonymLifeOptions,
  { address }: Pseudonym,
): Promise<void> {
  const [local, entry] = [await locals.find(address), await ring.find('user', address)]
  if (local?.key && entry) await directory.amend(entry, revokeKey(local.key, clock.now()).octets)
  await directory.revokeUser(address)
  await locals.forget(address)
}
