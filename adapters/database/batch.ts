// Group commit: while one batch is on its way to the disk, the next one gathers.

/**
 * A function that hands items to `write` in batches, in order, and resolves each with its own result. So many batches
 * are under way at a time: with one, each sees what the one before did; with two, the database has the next one at hand
 * while the results of the first are used. A batch that fails fails for each of its items.
 */
export function createBatcher<Item, Result>(
  write: (items: readonly Item[]) => Promise<readonly Result[]>,
  atOnce = 1,
): (item: Item) => Promise<Result> {
  let gathering: { readonly items: Item[]; readonly results: Promise<readonly Result[]> } | null = null
  // The oldest one first: a new batch begins when that has ended.
  const under: Promise<unknown>[] = Array.from({ length: atOnce }, () => Promise.resolve())

  function begin() {
    const items: Item[] = []
    const results = Promise.resolve(under.shift()).then(() => {
      gathering = null
      return write(items)
    })
    under.push(results.catch(() => null))
    gathering = { items, results }
    return gathering
  }

  return async item => {
    const batch = gathering ?? begin()
    const index = batch.items.push(item) - 1
    return (await batch.results)[index] as Result
  }
}
