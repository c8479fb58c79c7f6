// Hands received text to the parser in pieces that grow with what is unfinished, so that a stanza that comes in many
// small reads costs no quadratic time, and tells when one is too long.
import type { Cancel, Clock } from '../../plugin/ports.js'

export interface InputFeed {
  readonly push: (text: string) => void
  /** The parser calls this at the end of each element of the stream. */
  readonly finished: () => void
  readonly stop: () => void
}

/** Below this, text goes to the parser at once. */
const smallEnough = 16_384
/** A piece is at least this part of what the parser keeps unfinished, or has waited this many milliseconds. */
const part = 8
const patience = 5

/**
 * @param limit characters that an unfinished stanza may have
 * @param tooLong called with each piece that finds an unfinished stanza longer, with the characters it has so far
 */
export function createInputFeed(
  limit: number,
  clock: Clock,
  parse: (text: string) => void,
  tooLong: (characters: number) => void,
): InputFeed {
  let unfinished = 0
  let waiting: string[] = []
  let waitingLength = 0
  let cancel: Cancel | null = null

  function stop(): void {
    cancel?.()
    cancel = null
    waiting = []
    waitingLength = 0
  }

  function flush(): void {
    const text = waiting.join('')
    stop()
    unfinished += text.length
    parse(text)
    if (unfinished > limit) tooLong(unfinished)
  }

  function push(text: string): void {
    waiting.push(text)
    waitingLength += text.length
    if (waitingLength * part >= unfinished - smallEnough) flush()
    else cancel ??= clock.after(patience, flush)
  }

  return {
    push,
    finished: () => {
      unfinished = 0
    },
    stop,
  }
}
