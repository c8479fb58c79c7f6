// A queue in which everyone waits behind his own only: owners take turns, however much each of them has.

export interface FairQueue<Item> {
  /**
   * Lets an item wait. In a full queue whoever has most gives way: the last of his goes for another's, his own new one is
   * not taken.
   * @returns what does not wait now, `null` where there was room
   */
  push(owner: string, item: Item): Item | null
  /** The next one, of the owner whose turn it is; `undefined` when nothing waits. */
  shift(): Item | undefined
  readonly size: number
  /** How many of an owner wait. */
  of(owner: string): number
}

export function createFairQueue<Item>(limit = Infinity): FairQueue<Item> {
  // The order of the map is the order of turns.
  const waiting = new Map<string, Item[]>()
  let size = 0
  const add = (owner: string, item: Item): void => {
    const items = waiting.get(owner)
    if (items) items.push(item)
    else waiting.set(owner, [item])
    size++
  }
  const longest = (): Item[] =>
    [...waiting.values()].reduce((most, items) => (items.length > most.length ? items : most), [])
  return {
    push(owner, item) {
      let given: Item | null = null
      if (size >= limit) {
        const most = longest()
        if ((waiting.get(owner)?.length ?? 0) + 1 > most.length) return item
        given = most.pop() ?? null
        size--
      }
      add(owner, item)
      return given
    },
    shift() {
      const [first] = waiting
      if (!first) return undefined
      const [owner, items] = first
      const item = items.shift()
      waiting.delete(owner)
      if (items.length > 0) waiting.set(owner, items)
      size--
      return item
    },
    get size() {
      return size
    },
    of: owner => waiting.get(owner)?.length ?? 0,
  }
}
