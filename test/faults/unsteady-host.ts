// The in-process host as one that ends, stands still and loses what is said in its rooms.
import { PluginError } from '../../plugin/errors.js'
import type { Carrier, Clock, Host } from '../../plugin/ports.js'

export type HostState = 'up' | 'down' | 'paused'

/** What becomes of a frame at one listener: how long it takes to be heard, each time that it is. */
export type Passage = () => readonly number[]

export interface UnsteadyHost {
  readonly state: HostState
  set(state: HostState): void
  /** The host as the plugin sees it. */
  attach(host: Host): Host
}

const moment = 2
// As the adapter for real hosts waits for an answer.
const longestAnswer = 30_000

export function createUnsteadyHost(clock: Clock, passage: Passage): UnsteadyHost {
  let state: HostState = 'up'
  const waiting = new Set<() => void>()
  const settled = (): Promise<void> =>
    state === 'paused' ? new Promise(resolve => void waiting.add(resolve)) : Promise.resolve()
  const set = (next: HostState): void => {
    state = next
    if (state === 'paused') return
    for (const go of waiting) go()
    waiting.clear()
  }
  const untilUp = async (): Promise<void> => {
    while (state !== 'up') await new Promise<void>(resolve => void clock.after(200, resolve))
  }
  return {
    get state() {
      return state
    },
    set,
    attach: host => ({
      ...host,
      start: untilUp,
      carrier: lossy(host.carrier, clock, passage),
      users: {
        ...host.users,
        deliver: message => hand(() => host.users.deliver(message)),
        dropsRepeats: () => hand(() => host.users.dropsRepeats()),
        fail: (message, reason) => hand(() => host.users.fail(message, reason)),
      },
    }),
  }

  // Once written, a stanza reaches the host whatever becomes of the plugin, unless the host ends first.
  function hand<Answer>(have: () => Promise<Answer>): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const fail = (): void => {
        reject(new PluginError('host-unreachable', 'The host may not have taken what was sent.'))
      }
      const cancel = clock.after(longestAnswer, fail)
      const take = async (): Promise<void> => {
        await settled()
        if (state === 'down') fail()
        else await have().then(resolve, reject)
        cancel()
      }
      if (state === 'down') fail()
      else clock.after(moment, () => void take())
    })
  }
}

function lossy(carrier: Carrier, clock: Clock, passage: Passage): Carrier {
  return {
    ...carrier,
    listen(context, hear) {
      let left = false
      const cancel = carrier.listen(context, (frame, voice) => {
        const take = (): void => {
          if (!left) hear(frame, voice)
        }
        for (const late of passage())
          if (late === 0) take()
          else clock.after(late, take)
      })
      return () => {
        left = true
        cancel()
      }
    },
  }
}
