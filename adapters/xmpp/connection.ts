// One connection to the host's component port, from the first octet to its end (XEP-0114 s3, RFC 6120 s4).
import type { Socket } from 'node:net'
import type { Element } from 'ltx'
import type { Clock } from '../../plugin/ports.js'
import { feedEntity, forgetUnfinished, openEntity } from './entity.js'
import { createInputFeed } from './input-feed.js'
import type { LinkLimits } from './link-options.js'

export interface ConnectionOptions {
  readonly service: string
  readonly domain: string
  readonly secret: string
  readonly clock: Clock
  readonly limits: Pick<LinkLimits, 'input' | 'endless'>
  opened(): void
  heard(element: Element): void
  /** Takes what is left of a stanza that was too long: its name and its attributes. */
  refused(element: Element): void
  /** Called once. `cause` is a stream error's condition, a system error's code, or a word of these files. */
  ended(cause: string): void
}

export interface Connection {
  /** Octets that the host has not taken yet. */
  waiting(): number
  write(text: string): void
  end(cause: string): void
  /** Says goodbye to the host; resolves when the socket is closed. */
  close(): Promise<void>
}

const answerWithin = 10_000
const goodbyeWithin = 2000

// What is said in one turn leaves in one packet: the host then wakes up once for it and not once a stanza.
function writeTogether(socket: Socket, text: string): void {
  if (socket.writableCorked === 0) {
    socket.cork()
    process.nextTick(() => {
      socket.uncork()
    })
  }
  socket.write(text)
}

/** Opens a connection; for `createReconnecting`. */
export function openConnection(options: ConnectionOptions): Connection {
  const { clock } = options
  let over = false
  let accepted = false
  let skipping = false
  const cancelWatchdog = clock.after(answerWithin, () => {
    end('silent')
  })
  const feed = createInputFeed(options.limits.input, clock, parse, skip)
  const entity = openEntity(options, { text: feed.push, element: heard, failed: end })

  function release(): void {
    over = true
    cancelWatchdog()
    feed.stop()
  }

  function end(cause: string): void {
    if (over) return
    release()
    entity.socket?.destroy()
    options.ended(cause)
  }

  function parse(text: string): void {
    if (!over && !feedEntity(entity, text)) end('not-well-formed')
  }

  // Whoever can write to the component decides how long a stanza becomes: the host writes one character as up to six
  // (`&apos;`), and a namespace again at each element. So a long one must cost no more than itself.
  function skip(characters: number): void {
    skipping = true
    forgetUnfinished(entity)
    if (characters > options.limits.endless) end('stanza-too-long')
  }

  function heard(element: Element): void {
    if (over) return
    feed.finished()
    if (skipping) {
      skipping = false
      options.refused(element)
      return
    }
    // XEP-0114 s3: the host's handshake element is its acceptance.
    if (accepted || element.name !== 'handshake') {
      options.heard(element)
      return
    }
    accepted = true
    cancelWatchdog()
    options.opened()
  }

  async function close(): Promise<void> {
    if (over || !entity.socket) return
    release()
    await sayGoodbye(entity.socket, clock)
    options.ended('stopped')
  }

  return {
    waiting: () => entity.socket?.writableLength ?? 0,
    write: text => {
      if (entity.socket) writeTogether(entity.socket, text)
    },
    end,
    close,
  }
}

function sayGoodbye(socket: Socket, clock: Clock): Promise<void> {
  return new Promise(resolve => {
    const cancel = clock.after(goodbyeWithin, () => socket.destroy())
    socket.once('close', () => {
      cancel()
      resolve()
    })
    socket.end('</stream:stream>')
    socket.destroySoon()
  })
}
