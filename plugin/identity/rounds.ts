// Once a day the plugin looks after every own account: is he still there, what does his client say about his key, does his
// certification end soon, is his key where clients look for it.
import { orNullLater, PluginError } from '../errors.js'
import { isPseudonym, parseUserAddress } from '../addresses.js'
import type { Directory } from '../pki/index.js'
import type {
  AccountLink,
  Cancel,
  Clock,
  Counters,
  Domain,
  Log,
  RingEntry,
  RingStore,
  UserAddress,
} from '../ports.js'
import { every } from '../repeat.js'
import type { EnsureSameAccount } from './account-watch.js'
import type { Publication } from './publication.js'
import type { Pseudonyms } from './pseudonyms.js'
import type { LocalUsers } from './users.js'

export interface RoundsOptions {
  readonly domain: Domain
  readonly accounts: AccountLink
  readonly ensureSameAccount: EnsureSameAccount
  readonly locals: Pick<LocalUsers, 'find' | 'copyOf'>
  readonly directory: Pick<Directory, 'amend' | 'renewUser'>
  readonly publication: Pick<Publication, 'publish'>
  readonly pseudonyms: Pick<Pseudonyms, 'owners' | 'dropAll'>
  readonly ring: RingStore
  readonly clock: Clock
  readonly counters: Counters
  readonly log: Log
}

const day = 86_400_000
const lookEvery = 3_600_000
const usersAtATime = 256

/** The first round is an hour after the start, when the host has come to rest. */
export function startRounds(options: RoundsOptions): Cancel {
  let last = -Infinity
  let gone: ReadonlySet<UserAddress> = new Set()
  return every(options.clock, lookEvery, async () => {
    const now = options.clock.now()
    if (now - last < day) return
    try {
      await lookAfterAll(options, now)
      gone = await dropOfGone(options, gone)
      last = now
    } catch (error) {
      options.log.error({ err: error }, 'Users could not be looked after; trying again in an hour.')
    }
  })
}

// What changes in the course of a round moves to the end of the list; it is not met a second time.
async function lookAfterAll(options: RoundsOptions, begun: number): Promise<void> {
  for (let after = 0, more = true; more;) {
    const users = await options.ring.list('user', options.domain, after, usersAtATime)
    for (const entry of users) if (entry.changed < begun) await lookAfter(options, entry)
    after = users.at(-1)?.changed ?? after
    more = users.length === usersAtATime && after < begun
  }
}

async function lookAfter(options: RoundsOptions, entry: RingEntry): Promise<void> {
  const user = parseUserAddress(entry.subject)
  // Those have times of their own, which nobody can see to follow an account's.
  if (isPseudonym(user)) return
  try {
    // A certification whose owner is gone just ends. A host can be wrong for a day; a revocation could not be taken back.
    if ((await options.accounts.exists(user)) === false) {
      options.counters.count('users without account')
      return
    }
    // What was erased is no account's.
    if (await options.locals.find(user)) await options.ensureSameAccount(user)
    await takeNews(options, user, entry)
    await options.directory.renewUser(user, (certificate, mailboxKey) =>
      options.locals.copyOf(user, certificate, mailboxKey),
    )
    await options.publication.publish(user)
  } catch (error) {
    if (!(error instanceof PluginError)) throw error
    options.counters.count('users not looked after')
  }
}

// Another person may get the name of an account that is gone, and must not get its pseudonyms. A host can be wrong for a day.
async function dropOfGone(
  { accounts, pseudonyms, counters }: RoundsOptions,
  before: ReadonlySet<UserAddress>,
): Promise<ReadonlySet<UserAddress>> {
  const gone = new Set<UserAddress>()
  for (const owner of pseudonyms.owners()) {
    if ((await orNullLater(accounts.exists(owner))) !== false) continue
    gone.add(owner)
    if (!before.has(owner)) continue
    await pseudonyms.dropAll(owner)
    counters.count('pseudonyms of users without account dropped')
  }
  return gone
}

// What his client published since: a longer life, a new subkey, a revocation.
async function takeNews(
  { accounts, locals, directory }: RoundsOptions,
  user: UserAddress,
  entry: RingEntry,
): Promise<void> {
  if ((await locals.find(user))?.key !== null) return
  const published = await accounts.readKey(user, entry.fingerprint)
  if (published) await directory.amend(entry, published)
}
