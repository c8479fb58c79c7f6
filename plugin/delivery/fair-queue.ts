// A queue in which everyone waits behind his own only: users take turns, however much each of them has.

export interface FairQueue<Item> {
  push(owner: string, item: Item): void
  /** The next one, of the owner whose turn it is; `undefined` when nothing waits. */
  shift(): Item | undefined
}

export function createFairQueue<Item>(): FairQueue<Item> {
  // The order of the map is the order of turns.
  const waiting = new Map<string, Item[]>()
  return {
    push(owner, item) {
      const items = waiting.get(owner)
      if (items) items.push(item)
      else waiting.set(owner, [item])
    },
    shift() {
      const [first] = waiting
      if (!first) return undefined
      const [owner, items] = first
      const item = items.shift()
      waiting.delete(owner)
      if (items.length > 0) waiting.set(owner, items)
      return item
    },
  }
}
