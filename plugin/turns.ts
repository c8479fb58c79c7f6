// One after the other: what reads something, changes it and writes it back never runs beside its like.

/** Runs what it is given when everything before is done, whether that succeeded or not. */
export type InTurn = <Result>(run: () => Promise<Result>) => Promise<Result>

/** One for each thing that is changed: two at once would each write what the other does not know. */
export function createTurns(): InTurn {
  let last: Promise<unknown> = Promise.resolve()
  return run => {
    const turn = last.then(run)
    last = turn.catch(() => null) // whoever asked for the turn gets the error
    return turn
  }
}

/** Turns for many things by name; those of different names run beside each other. */
export function createNamedTurns(): <Result>(name: string, run: () => Promise<Result>) => Promise<Result> {
  const busy = new Map<string, { readonly inTurn: InTurn; waiting: number }>()
  return async (name, run) => {
    const turns = busy.get(name) ?? { inTurn: createTurns(), waiting: 0 }
    busy.set(name, turns)
    turns.waiting++
    try {
      return await turns.inTurn(run)
    } finally {
      if (--turns.waiting === 0) busy.delete(name)
    }
  }
}
