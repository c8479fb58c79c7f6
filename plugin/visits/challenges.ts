// What visitors were asked to sign: each good for one visit, one account and an hour.
import { createOpenQuestions, type OpenQuestions } from '../open-questions.js'
import type { Clock, Random, UserAddress } from '../ports.js'
import { nonceOctets, type VisitStatement } from './statement.js'

export interface VisitChallenges extends Omit<OpenQuestions<VisitStatement>, 'ask'> {
  /** Keeps what an account is asked to sign; what it was asked before counts no more. */
  ask(account: UserAddress, statement: Omit<VisitStatement, 'nonce'>): VisitStatement
}

const lifetime = 3_600_000

export function createVisitChallenges(clock: Clock, random: Random): VisitChallenges {
  const questions = createOpenQuestions<VisitStatement>(clock, lifetime)
  return {
    ...questions,
    ask(account, asked) {
      const statement = { ...asked, nonce: random.octets(nonceOctets) }
      questions.ask(account, statement)
      return statement
    },
  }
}
