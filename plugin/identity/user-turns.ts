// One thing at a time for each user, while different users do not wait for each other.
import type { UserAddress } from '../ports.js'

export type InUserTurn = <Result>(user: UserAddress, work: () => Promise<Result>) => Promise<Result>

export function createUserTurns(): InUserTurn {
  const last = new Map<UserAddress, Promise<unknown>>()
  return (user, work) => {
    const before = last.get(user) ?? Promise.resolve()
    const turn = before.then(work, work)
    const done = turn
      .catch(() => undefined)
      .then(() => {
        if (last.get(user) === done) last.delete(user)
      })
    last.set(user, done)
    return turn
  }
}
