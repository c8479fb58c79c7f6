// What an observer of all rooms must never see: a frame of another length, one off its clock, or a word of a message.
import type { Book } from './book.js'

export interface FrameWatch {
  see(context: string, frame: string, now: number): void
  /** The speakers of that domain may have another beat from now on: they started anew, or their clock was set. */
  forget(domain: string): void
}

const frameLength = 2732

/** @param interval milliseconds between the cells of a context */
export function createFrameWatch(book: Book, interval: number): FrameWatch {
  const beats = new Map<string, number>()
  // How many frames still count as the first: what was planned before a clock was set comes once more.
  const free = new Map<string, number>()
  return {
    see(context, frame, now) {
      if (frame.length !== frameLength) book.wrong(`A frame has ${String(frame.length)} characters.`)
      const [beat, left] = [now % interval, free.get(context) ?? 0]
      if (left > 0) free.set(context, left - 1)
      else if ((beats.get(context) ?? beat) !== beat)
        book.wrong(`A frame of ${context} was spoken off the clock.`)
      beats.set(context, beat)
      if (holds(frame, book.marker)) book.wrong('A frame can be read.')
    },
    forget(domain) {
      for (const context of beats.keys()) if (context.endsWith(`.${domain}`)) free.set(context, 2)
    },
  }
}

function holds(frame: string, text: string): boolean {
  return frame.includes(text) || Buffer.from(frame, 'base64').includes(text)
}
