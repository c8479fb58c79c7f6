// Group commit: while one batch is on its way to the disk, the next one gathers.

/**
 * A function that hands items to `write` in batches, one batch at a time and in order, and resolves each with its
 * own result. A batch that fails fails for each of its items.
 */
export function createBatcher<Item, Result>(
  write: (items: readonly Item[]) => Promise<readonly Result[]>,
): (item: Item) => Promise<Result> {
  let gathering: { readonly items: Item[]; readonly results: Promise<readonly Result[]> } | null = null
  let last: Promise<unknown> = Promise.resolve()

  function begin() {
    const items: Item[] = []
    const results = last.then(() => {
      gathering = null
      return write(items)
    })
    last = results.catch(() => null)
    gathering = { items, results }
    return gathering
  }

  return async item => {
    const batch = gathering ?? begin()
    const index = batch.items.push(item) - 1
    return (await batch.results)[index] as Result
  }
}
