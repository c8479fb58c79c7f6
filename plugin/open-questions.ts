// What users were asked and have not answered yet: one question each, good for a while and for a few tries.
import type { Clock, UserAddress } from './ports.js'

export interface OpenQuestions<Question> {
  /** What the user was asked before counts no more. */
  ask(user: UserAddress, question: Question): void
  /** What the user was asked; `null` where nothing is open. */
  open(user: UserAddress): Question | null
  /** It was answered wrong; after some of that it counts no more. */
  failed(user: UserAddress): void
  /** It was answered. */
  done(user: UserAddress): void
}

const mostTries = 5
// Of more, the oldest are forgotten: who is asked and does not answer can fill no memory.
const mostOpen = 1000

/** @param lifetime of a question, milliseconds */
export function createOpenQuestions<Question>(
  clock: Pick<Clock, 'now'>,
  lifetime: number,
): OpenQuestions<Question> {
  const questions = new Map<UserAddress, { question: Question; until: number; tries: number }>()
  return {
    ask(user, question) {
      questions.delete(user)
      questions.set(user, { question, until: clock.now() + lifetime, tries: 0 })
      const [oldest] = questions.keys()
      if (questions.size > mostOpen && oldest !== undefined) questions.delete(oldest)
    },
    open(user) {
      const found = questions.get(user)
      return found && found.until > clock.now() ? found.question : null
    },
    failed(user) {
      const found = questions.get(user)
      if (found && ++found.tries >= mostTries) questions.delete(user)
    },
    done: user => void questions.delete(user),
  }
}
