// A clock that stands still until the test moves it.
import type { Clock } from '../plugin/ports.js'

export interface VirtualClock extends Clock {
  /** Moves on by so many milliseconds and runs, in order, what falls due on the way, also what is set up meanwhile. */
  advance(ms: number): void
  /** When the next call is due; `null` when none waits. */
  next(): number | null
  /** How many calls are waiting. */
  readonly waiting: number
}

interface Entry {
  readonly due: number
  readonly order: number
  readonly run: () => void
  cancelled: boolean
}

export function createVirtualClock(start = Date.UTC(2026, 0, 1)): VirtualClock {
  let time = start
  let made = 0
  let waiting = 0
  const heap: Entry[] = []

  function first(): Entry | undefined {
    while (heap[0]?.cancelled) take(heap)
    return heap[0]
  }

  function cancel(entry: Entry): void {
    if (!entry.cancelled) waiting--
    entry.cancelled = true
  }

  return {
    now: () => time,
    steady: () => time,
    after: (delay, run) => {
      const entry = { due: time + delay, order: made++, run, cancelled: false }
      put(heap, entry)
      waiting++
      return () => {
        cancel(entry)
      }
    },
    advance: ms => {
      const until = time + ms
      for (let entry = first(); entry && entry.due <= until; entry = first()) {
        cancel(entry)
        time = Math.max(time, entry.due)
        entry.run()
      }
      time = until
    },
    next: () => first()?.due ?? null,
    get waiting() {
      return waiting
    },
  }
}

// A binary heap: what is due first lies at 0, and of two for the same moment the one that was set up first.
function put(heap: Entry[], entry: Entry): void {
  let at = heap.push(entry) - 1
  for (let up = (at - 1) >> 1; at > 0 && isBefore(heap, at, up); up = (at - 1) >> 1) at = swap(heap, at, up)
}

function take(heap: Entry[]): void {
  swap(heap, 0, heap.length - 1)
  heap.pop()
  for (let at = 0; ;) {
    const [left, right] = [2 * at + 1, 2 * at + 2]
    const least = right < heap.length && isBefore(heap, right, left) ? right : left
    if (least >= heap.length || !isBefore(heap, least, at)) return
    at = swap(heap, at, least)
  }
}

function isBefore(heap: readonly Entry[], one: number, other: number): boolean {
  const [left, right] = [heap[one], heap[other]]
  if (!left || !right) return false
  return left.due < right.due || (left.due === right.due && left.order < right.order)
}

function swap(heap: Entry[], from: number, to: number): number {
  const [left, right] = [heap[from], heap[to]]
  if (left && right) [heap[from], heap[to]] = [right, left]
  return to
}
