// One after the other: what reads a certificate, merges it and writes it back never runs beside its like.

/** Runs what it is given when everything before is done, whether that succeeded or not. */
export type InTurn = <Result>(run: () => Promise<Result>) => Promise<Result>

/** One for each ring: two that merge at once would each write what the other does not know, and lose a revocation. */
export function createTurns(): InTurn {
  let last: Promise<unknown> = Promise.resolve()
  return run => {
    const turn = last.then(run)
    last = turn.catch(() => null) // whoever asked for the turn gets the error
    return turn
  }
}
