// The library's component, reduced to what can be trusted: one stream, its handshake and its parser (XEP-0114 s3).
import { component, type Entity } from '@xmpp/component'
import type { Element } from 'ltx'

/** What happens to an entity; every call may come more than once. */
export interface EntityEvents {
  text(text: string): void
  element(element: Element): void
  /** `cause` is a stream error's condition, a system error's code, or a word of this file. */
  failed(cause: string): void
}

const keepAliveAfter = 30_000

function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'closed'
  if ('condition' in error && /^[a-z-]{1,40}$/.test(String(error.condition))) return String(error.condition)
  if ('code' in error && typeof error.code === 'string') return error.code
  return 'not-well-formed'
}

// The library's own handling of iqs and of lost connections is replaced, its timeouts are ours, and it must not follow
// a host elsewhere.
function createBare(service: string, domain: string, secret: string): Entity {
  const entity = component({ service, domain, password: secret })
  entity.reconnect.stop()
  entity.removeAllListeners('element')
  entity.timeout = 0
  entity._onSeeOtherHost = error => {
    entity.emit('error', error)
  }
  return entity
}

/** Connects and opens the stream; for `openConnection`. */
export function openEntity(
  where: { readonly service: string; readonly domain: string; readonly secret: string },
  events: EntityEvents,
): Entity {
  const entity = createBare(where.service, where.domain, where.secret)
  const failed = (error: unknown) => {
    events.failed(causeOf(error))
  }
  entity.on('connect', () => {
    // Decoding in the socket keeps characters whole that arrive in two reads.
    const socket = entity.socket?.setEncoding('utf8').setKeepAlive(true, keepAliveAfter).setNoDelay(true)
    socket?.removeAllListeners('data').on('data', (text: string) => {
      events.text(text)
    })
  })
  entity.on('element', element => {
    events.element(element)
  })
  entity.on('error', failed)
  entity.on('close', failed)
  entity.on('disconnect', failed)
  // Not the library's `start`: that leaves a promise behind whose rejection nobody handles.
  entity
    .connect(where.service)
    .then(() => entity.open({ domain: where.domain }))
    .catch(failed)
  return entity
}

/**
 * Forgets what a stanza that is not finished holds so far. Its name, its attributes and the levels that are open stay, so
 * that its end is still found.
 */
export function forgetUnfinished({ parser }: Entity): void {
  for (let element = parser?.cursor; element && element !== parser?.root; element = element.parent) {
    element.children = []
    if (element.parent) element.attrs = {}
  }
}

/** Parses what was received. False where it is no XML: ltx throws at characters and entities that XML forbids. */
export function feedEntity(entity: Entity, text: string): boolean {
  const { parser } = entity
  if (!parser) return false
  try {
    parser.write(text)
  } catch (error) {
    entity.emit('error', error)
    return false
  }
  // White space between stanzas is kept by the parser, for ever.
  if (parser.root) parser.root.children = []
  return true
}
