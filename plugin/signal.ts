// What a part tells to whoever wants to know.

export interface Signal<T> {
  on(handler: (value: T) => void): void
  /** Calls all handlers, in the order in which they came. */
  send(value: T): void
}

export function createSignal<T>(): Signal<T> {
  const handlers: ((value: T) => void)[] = []
  return {
    on: handler => void handlers.push(handler),
    send(value) {
      for (const handler of handlers) handler(value)
    },
  }
}
