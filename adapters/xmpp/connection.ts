// One connection to the host's component port, from the first octet to its end (XEP-0114 s3, RFC 6120 s4).
import { component, type Entity } from '@xmpp/component'
import type { Element } from 'ltx'
import type { Clock } from '../../plugin/ports.js'
import { createInputFeed } from './input-feed.js'

export interface ConnectionOptions {
  readonly service: string
  readonly domain: string
  readonly secret: string
  readonly clock: Clock
  /** Characters that a stanza may have on its way in. */
  readonly inputLimit: number
  opened(): void
  heard(element: Element): void
  /** Called once. `cause` is a stream error's condition, a system error's code, or a word of this file. */
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
const keepAliveAfter = 30_000

function causeOf(error: Error): string {
  if ('condition' in error && /^[a-z-]{1,40}$/.test(String(error.condition))) return String(error.condition)
  if ('code' in error && typeof error.code === 'string') return error.code
  return 'not-well-formed'
}

// The library's own handling of iqs and of lost connections is replaced, and it must not follow a host elsewhere.
function bareEntity(options: ConnectionOptions): Entity {
  const { service, domain, secret } = options
  const entity = component({ service, domain, password: secret })
  entity.reconnect.stop()
  entity.removeAllListeners('element')
  entity.timeout = 0
  entity._onSeeOtherHost = error => {
    entity.emit('error', error)
  }
  return entity
}

function parseGuarded(entity: Entity, text: string, fail: (cause: string) => void): void {
  try {
    if (!entity.parser) throw new Error('The stream has ended.')
    entity.parser.write(text)
    // White space between stanzas is kept by the parser, for ever.
    if (entity.parser?.root) entity.parser.root.children = []
  } catch {
    // ltx throws in the middle of a read at entities and characters that XML forbids.
    fail('not-well-formed')
  }
}

/** Opens a connection; for `createReconnecting`. */
export function openConnection(options: ConnectionOptions): Connection {
  const entity = bareEntity(options)
  let over = false
  const feed = createInputFeed(
    options.inputLimit,
    options.clock,
    text => {
      parseGuarded(entity, text, end)
    },
    () => {
      end('stanza-too-long')
    },
  )
  const cancelWatchdog = options.clock.after(answerWithin, () => {
    end('silent')
  })

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

  function heard(element: Element): void {
    if (over) return
    feed.finished()
    options.heard(element)
  }

  entity.on('connect', () => {
    // Decoding in the socket keeps characters whole that arrive in two reads.
    entity.socket?.setEncoding('utf8').setKeepAlive(true, keepAliveAfter).setNoDelay(true)
    entity.socket?.removeAllListeners('data').on('data', (text: string) => {
      if (!over) feed.push(text)
    })
  })
  entity.on('stanza', heard)
  entity.on('nonza', element => {
    if (over) return
    feed.finished()
    // XEP-0114 s3: an empty handshake element is the host's acceptance.
    if (element.name === 'handshake') {
      cancelWatchdog()
      options.opened()
    }
  })
  entity.on('error', error => {
    end(causeOf(error))
  })
  entity.on('close', () => {
    end('closed')
  })
  entity.on('disconnect', () => {
    end('closed')
  })
  entity
    .connect(options.service)
    .then(() => entity.open({ domain: options.domain }))
    .catch((error: unknown) => {
      end(error instanceof Error ? causeOf(error) : 'closed')
    })

  function close(): Promise<void> {
    const socket = entity.socket
    if (over || !socket) return Promise.resolve()
    release()
    return new Promise(resolve => {
      const cancel = options.clock.after(goodbyeWithin, () => socket.destroy())
      socket.once('close', () => {
        cancel()
        options.ended('stopped')
        resolve()
      })
      socket.end('</stream:stream>')
      socket.destroySoon()
    })
  }

  return {
    waiting: () => entity.socket?.writableLength ?? 0,
    write: text => {
      entity.socket?.write(text)
    },
    end,
    close,
  }
}
