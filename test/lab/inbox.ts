// What has arrived so far, and waiting for what has not.

export interface Inbox<Item> {
  readonly items: readonly Item[]
  add(item: Item): void
  /** Resolves with the first item, past or future, that fits; rejects after `timeout` milliseconds, a minute by default. */
  waitFor(fits: (item: Item) => boolean, timeout?: number): Promise<Item>
}

export function createInbox<Item>(what: string): Inbox<Item> {
  const items: Item[] = []
  const waiting = new Set<(item: Item) => void>()
  return {
    items,
    add: item => {
      items.push(item)
      for (const look of [...waiting]) look(item)
    },
    waitFor: (fits, timeout = 60_000) =>
      new Promise((resolve, reject) => {
        const look = (item: Item) => {
          if (!fits(item)) return
          clearTimeout(timer)
          waiting.delete(look)
          resolve(item)
        }
        const timer = setTimeout(() => {
          waiting.delete(look)
          reject(new Error(`No ${what} that fits came in ${timeout} ms; ${items.length} others did.`))
        }, timeout)
        // Where something else came first, nobody waits for this.
        timer.unref()
        waiting.add(look)
        for (const item of [...items]) look(item)
      }),
  }
}
