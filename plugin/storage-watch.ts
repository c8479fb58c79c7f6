// Notices that the store has no room, and that it has again: counted each time, told once.
import type { Alarm } from './alarms.js'
import { PluginError } from './errors.js'
import type { Counters, Log, Store } from './ports.js'

export interface StorageWatchOptions {
  readonly counters: Counters
  readonly alarm: Alarm
  readonly log: Log
}

// What takes away, or only reads, may go well while there is no room.
const writes = /^(?:add|save|put|replace)/u

/** The same store, watched. */
export function watchStorage(store: Store, { counters, alarm, log }: StorageWatchOptions): Store {
  let isFull = false
  const failed = (error: unknown): never => {
    if (error instanceof PluginError && error.code === 'queue-full') {
      counters.count('writes refused: disk full')
      if (!isFull) alarm(null, 'The disk is full: nothing more is accepted until there is room again.')
      isFull = true
    }
    throw error
  }
  const went = (name: string): void => {
    if (!isFull || !writes.test(name)) return
    isFull = false
    log.warn({}, 'There is room on the disk again; all goes on.')
  }
  return new Proxy(store, {
    get(target, name, receiver) {
      const member: unknown = Reflect.get(target, name, receiver)
      if (typeof member !== 'function' || typeof name !== 'string') return member
      return async (...given: unknown[]): Promise<unknown> => {
        const result: unknown = await (Reflect.apply(member, target, given) as Promise<unknown>).catch(failed)
        went(name)
        return result
      }
    },
  })
}
