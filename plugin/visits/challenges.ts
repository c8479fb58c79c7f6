// What visitors were asked to sign: each good for one visit, one account and an hour.
import type { Clock, Random, UserAddress } from '../ports.js'
import { nonceOctets, type VisitStatement } from './statement.js'

export interface VisitChallenges {
  /** Keeps what an account is asked to sign; what it was asked before counts no more. */
  ask(account: UserAddress, statement: Omit<VisitStatement, 'nonce'>): VisitStatement
  /** What the account was asked; `null` where nothing is open. */
  open(account: UserAddress): VisitStatement | null
  /** It was tried in vain; after some of that it counts no more. */
  failed(account: UserAddress): void
  /** It was signed. */
  done(account: UserAddress): void
}

interface Pending {
  readonly statement: VisitStatement
  readonly until: number
  tries: number
}

const lifetime = 3_600_000
const mostTries = 5
const mostPending = 1000

export function createVisitChallenges(clock: Clock, random: Random): VisitChallenges {
  const pending = new Map<UserAddress, Pending>()
  return {
    ask(account, asked) {
      const statement = { ...asked, nonce: random.octets(nonceOctets) }
      pending.delete(account)
      pending.set(account, { statement, until: clock.now() + lifetime, tries: 0 })
      const [oldest] = pending.keys()
      if (pending.size > mostPending && oldest !== undefined) pending.delete(oldest)
      return statement
    },
    open(account) {
      const found = pending.get(account)
      return found && found.until > clock.now() ? found.statement : null
    },
    failed(account) {
      const found = pending.get(account)
      if (found && ++found.tries >= mostTries) pending.delete(account)
    },
    done: account => void pending.delete(account),
  }
}
