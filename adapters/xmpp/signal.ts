// A list of handlers for one kind of event, in which one that throws doesn't keep the event from the others.
import type { Cancel, Log } from '../../plugin/ports.js'

export interface Signal<Event> {
  readonly on: (handler: (event: Event) => void) => Cancel
  readonly emit: (event: Event) => void
}

export function createSignal<Event>(log: Log): Signal<Event> {
  const handlers = new Set<{ readonly handle: (event: Event) => void }>()

  function emit(event: Event): void {
    for (const { handle } of [...handlers]) {
      try {
        handle(event)
      } catch (error) {
        log.error({ err: error }, 'A handler of the component link failed.')
      }
    }
  }

  function on(handle: (event: Event) => void): Cancel {
    const entry = { handle }
    handlers.add(entry)
    return () => {
      handlers.delete(entry)
    }
  }

  return { on, emit }
}
