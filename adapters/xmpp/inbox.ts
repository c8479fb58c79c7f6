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

/** Creates what takes each element of the stream; for `createLink`. */
export function createInbox(options: InboxOptions): (element: Element) => void {
  const { limits, counters } = options

  function refuseShape(stanza: Element): void {
    counters.count('xmpp-stanza-refused')
    if (stanza.name !== 'iq' || isAnswer(stanza)) return
    options.send(errorAnswer(stanza, stanzaError('modify', 'policy-violation')))
  }

  return element => {
    if (!isStanza(element) || !isAddressed(element)) counters.count('xmpp-stanza-refused')
    else if (!isWithinShape(element, limits)) refuseShape(element)
    else if (element.name !== 'iq') options.stanza(element)
    else if (isAnswer(element)) options.answered(element)
    else options.asked(element)
  }
}
