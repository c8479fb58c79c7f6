// What the host sends, judged before anyone looks into it, and handed to whom it is for (RFC 6120 s8).
import type { Element } from 'ltx'
import type { Counters } from '../../plugin/ports.js'
import { errorAnswer, stanzaError } from './stanza-errors.js'
import { isStanza, isWithinShape, type ShapeLimits } from './stanza-guard.js'
import { attribute } from './xml.js'

export interface InboxOptions {
  readonly limits: ShapeLimits
  readonly counters: Counters
  send(stanza: Element): boolean
  /** Takes iqs of type result and error. */
  answered(iq: Element): void
  /** Takes all other iqs. */
  asked(iq: Element): void
  /** Takes messages and presences. */
  stanza(stanza: Element): void
}

// RFC 6120 s8.1: every iq has an id; over XEP-0114 every stanza has a from.
function isAddressed(stanza: Element): boolean {
  const hasId = stanza.name !== 'iq' || attribute(stanza, 'id') !== undefined
  return hasId && attribute(stanza, 'from') !== undefined
}

function isAnswer(iq: Element): boolean {
  return ['result', 'error'].includes(attribute(iq, 'type') ?? '')
}

export interface Inbox {
  /** Takes each element of the stream. */
  readonly take: (element: Element) => void
  /** Takes what is left of one that was too long to be read. */
  readonly refuse: (element: Element) => void
}

/** For `createLink`. */
export function createInbox(options: InboxOptions): Inbox {
  const { limits, counters } = options

  function refuse(stanza: Element): void {
    counters.count('xmpp-stanza-refused')
    if (stanza.name !== 'iq' || isAnswer(stanza) || !isAddressed(stanza)) return
    options.send(errorAnswer(stanza, stanzaError('modify', 'policy-violation')))
  }

  function take(element: Element): void {
    if (!isStanza(element) || !isAddressed(element)) counters.count('xmpp-stanza-refused')
    else if (!isWithinShape(element, limits)) refuse(element)
    else if (element.name !== 'iq') options.stanza(element)
    else if (isAnswer(element)) options.answered(element)
    else options.asked(element)
  }

  return { take, refuse }
}
