// Work on this thread whose end can be waited for, so that virtual time stands still while cryptography computes.
import { sameThread, type Work } from '../plugin/work.js'

let running = 0

const run = sameThread.run as (...job: unknown[]) => Promise<unknown>

export const countedWork: Work = {
  run: ((...job: unknown[]) => {
    running++
    return run(...job).finally(() => {
      running--
    })
  }) as Work['run'],
}

/** The same object, whose promises are waited for, too. */
export function counted<Asynchronous extends object>(object: Asynchronous): Asynchronous {
  return new Proxy(object, {
    get(target, name, receiver) {
      const member: unknown = Reflect.get(target, name, receiver)
      if (typeof member !== 'function') return member
      return (...given: unknown[]): unknown => {
        const result: unknown = Reflect.apply(member, target, given)
        if (!(result instanceof Promise)) return result
        running++
        return result.finally(() => {
          running--
        })
      }
    },
  })
}

/** Lets everything that waits for no clock run: promises, and the jobs that compute now. */
export async function settled(turns: number): Promise<void> {
  do for (let turn = 0; turn < turns; turn++) await new Promise(resolve => setImmediate(resolve))
  while (running > 0)
}
