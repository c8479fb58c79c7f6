// Whether what is kept of a user is of the account that he has now: another person may get the name of one that was removed, and
// must not get its key, pseudonyms, contacts and settings with it.
import { orNullLater } from '../errors.js'
import type { AccountLink, AccountMark, AccountStore, Clock, Counters, UserAddress } from '../ports.js'
import { createNamedTurns } from '../turns.js'

export interface AccountWatchOptions {
  readonly accounts: Pick<AccountLink, 'markOf'>
  readonly store: AccountStore
  /** Forgets what is kept of a user, because his name is another account's now. */
  readonly replaced: (user: UserAddress) => Promise<void>
  readonly clock: Clock
  readonly counters: Counters
}

/**
 * To be called before anything is done for a user with what is kept of him. It resolves when all that is kept is of the account that he
 * has now; where the host does not say which one that is, all is taken to be.
 */
export type EnsureSameAccount = (user: UserAddress) => Promise<void>

// Nobody removes an account and makes another one of that name faster than this, and messages come faster.
const askAgainAfter = 60_000
const mostAsked = 10_000

export function createAccountWatch(options: AccountWatchOptions): EnsureSameAccount {
  const { accounts, clock } = options
  const inTurn = createNamedTurns()
  const asked = new Map<UserAddress, number>()
  return user =>
    inTurn(user, async () => {
      if (clock.steady() - (asked.get(user) ?? -Infinity) < askAgainAfter) return
      const mark = await orNullLater(accounts.markOf(user))
      if (mark) await compare(options, user, mark)
      if (asked.size >= mostAsked) asked.clear()
      asked.set(user, clock.steady())
    })
}

// Marks of another host say nothing: it may be the same account, moved or put back.
async function compare(
  { store, replaced, counters }: AccountWatchOptions,
  user: UserAddress,
  mark: AccountMark,
): Promise<void> {
  const known = await store.loadMark(user)
  if (known?.host === mark.host && known.account === mark.account) return
  // Before the new mark is kept: a crash in between leaves what is forgotten the next time.
  if (known?.host === mark.host) {
    counters.count('accounts that were made anew')
    await replaced(user)
  }
  await store.saveMark(user, mark)
}
