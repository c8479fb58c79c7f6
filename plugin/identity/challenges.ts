// Proof of possession: whoever can read what was encrypted to a key holds it. A code is sent like that and comes back in chat.
import { createHash, timingSafeEqual } from 'node:crypto'
import { createOpenQuestions } from '../open-questions.js'
import type { Certificate } from '../openpgp/index.js'
import type { Clock, Random, UserAddress } from '../ports.js'

export interface Challenges {
  /** Makes the code for a user and a key; an earlier one counts no more. */
  begin(user: UserAddress, certificate: Certificate): string
  /** The key for which this was the code, once; `null` for a wrong or late one. */
  answer(user: UserAddress, code: string): Certificate | null
}

const codeLifetime = 600_000

export function createChallenges(clock: Clock, random: Random): Challenges {
  const questions = createOpenQuestions<{ readonly certificate: Certificate; readonly code: string }>(
    clock,
    codeLifetime,
  )
  return {
    begin(user, certificate) {
      const code = random.octets(8).toString('hex')
      questions.ask(user, { certificate, code })
      return code
    },
    answer(user, code) {
      const asked = questions.open(user)
      if (!asked) return null
      if (!isSame(asked.code, code)) {
        questions.failed(user)
        return null
      }
      questions.done(user)
      return asked.certificate
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
