// What users say and their clients tell, handed to whoever takes it: so much at once and no more.
import type { Element } from 'ltx'
import { PluginError } from '../../plugin/errors.js'
import type { ChatMessage, Counters, Log, Mark, UserLink } from '../../plugin/ports.js'
import { parseMarks } from './marks.js'
import { isBug } from './stanza-errors.js'

const mostRunning = 256

export interface Intake extends Pick<UserLink, 'receive' | 'receiveMarks'> {
  /** Resolves when it is accepted. @throws PluginError */
  hand(message: ChatMessage): Promise<void>
  /** Never rejects: nobody waits for an answer to a mark, and no client knows what to do with an error about one. */
  takeMarks(stanza: Element, talk: Pick<Mark, 'user' | 'contact' | 'as'>): Promise<void>
}

/** For `createUsers`. */
export function createIntake({ log, counters }: { readonly log: Log; readonly counters: Counters }): Intake {
  let handler: ((message: ChatMessage) => Promise<void>) | null = null
  let markHandler: (mark: Mark) => Promise<void> = () => Promise.resolve()
  const bounded = createBound()
  return {
    async hand(message) {
      const taker = handler
      if (!taker) throw new PluginError('queue-full', 'The plugin is not ready yet; try again in a moment.')
      await bounded(() => taker(message))
    },
    async takeMarks(stanza, talk) {
      try {
        for (const mark of parseMarks(stanza)) await bounded(() => markHandler({ ...talk, ...mark }))
        counters.count('user-marks-taken')
      } catch (error) {
        counters.count('user-marks-dropped')
        if (isBug(error)) log.error({ err: error }, 'The handler of marks failed.')
      }
    },
    receive: newHandler => {
      handler = newHandler
    },
    receiveMarks: newHandler => {
      markHandler = newHandler
    },
  }
}

// What users say at once.
function createBound(): (run: () => Promise<void>) => Promise<void> {
  let running = 0
  return async run => {
    if (running >= mostRunning)
      throw new PluginError('too-many-requests', 'Too much is going on; try again later.')
    running++
    try {
      await run()
    } finally {
      running--
    }
  }
}
