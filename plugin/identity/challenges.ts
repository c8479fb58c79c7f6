// Proof of possession: whoever can read what was encrypted to a key holds it. A code is sent like that and comes back in chat.
import { createHash, timingSafeEqual } from 'node:crypto'
import type { Certificate } from '../openpgp/index.js'
import type { Clock, Random, UserAddress } from '../ports.js'

export interface Challenges {
  /** Makes the code for a user and a key; an earlier one counts no more. */
  begin(user: UserAddress, certificate: Certificate): string
  /** The key for which this was the code, once; `null` for a wrong or late one. */
  answer(user: UserAddress, code: string): Certificate | null
}

interface Pending {
  readonly certificate: Certificate
  readonly code: string
  readonly until: number
  tries: number
}

const codeLifetime = 600_000
const mostTries = 5
const mostPending = 1000

export function createChallenges(clock: Clock, random: Random): Challenges {
  const pending = new Map<UserAddress, Pending>()
  return {
    begin(user, certificate) {
      const code = random.octets(8).toString('hex')
      pending.delete(user)
      pending.set(user, { certificate, code, until: clock.now() + codeLifetime, tries: 0 })
      const [oldest] = pending.keys()
      if (pending.size > mostPending && oldest !== undefined) pending.delete(oldest)
      return code
    },
    answer(user, code) {
      const challenge = pending.get(user)
      if (!challenge) return null
      const isRight = challenge.until > clock.now() && isSame(challenge.code, code)
      if (isRight || ++challenge.tries === mostTries) pending.delete(user)
      return isRight ? challenge.certificate : null
    },
  }
}

function isSame(one: string, other: string): boolean {
  const [left, right] = [one, other].map(text => createHash('sha256').update(text).digest()) as [
    Buffer,
    Buffer,
  ]
  return timingSafeEqual(left, right)
}
