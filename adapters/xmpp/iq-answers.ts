// Answers to iqs of others: each is answered once, whatever its handler does (RFC 6120 s8.2.3).
import type { Element } from 'ltx'
import type { Counters, Log } from '../../plugin/ports.js'
import type { IqHandler } from './link.js'
import { errorAnswer, errorOf, isBug, stanzaError } from './stanza-errors.js'
import { attribute, childElements, xml } from './xml.js'

export interface IqAnswers {
  readonly handle: (
    type: 'get' | 'set',
    xmlns: string,
    name: string,
    handler: IqHandler,
    repeated?: readonly string[],
  ) => void
  /** Takes an iq of any type but result and error. */
  readonly asked: (iq: Element) => void
}

const mostRunning = 256
const longestRepeated = 256

interface Handled {
  readonly handler: IqHandler
  readonly repeated: readonly string[]
}

function resultAnswer(iq: Element, child: Element | undefined): Element {
  const [from, to, id] = [attribute(iq, 'to'), attribute(iq, 'from'), attribute(iq, 'id')]
  const result = xml('iq', { type: 'result', id, from, to })
  if (child) result.append(child)
  return result
}

// RFC 6120 s8.3.1: an error may say to what it answers.
function shell(child: Element, names: readonly string[]): Element {
  const kept = names.map(name => [name, attribute(child, name)?.slice(0, longestRepeated)] as const)
  return xml(child.getName(), { xmlns: child.getNS(), ...Object.fromEntries(kept) })
}

/** For `createLink`. `send` is the link's own. */
export function createIqAnswers(options: {
  readonly log: Log
  readonly counters: Counters
  send(stanza: Element): boolean
}): IqAnswers {
  const handlers = new Map<string, Handled>()
  let running = 0

  async function answer(iq: Element, { handler, repeated }: Handled): Promise<Element> {
    try {
      return resultAnswer(iq, await handler(iq))
    } catch (error) {
      if (isBug(error)) options.log.error({ err: error }, 'An iq handler failed.')
      options.counters.count('xmpp-iq-refused')
      const refusal = errorAnswer(iq, errorOf(error))
      if (repeated.length > 0)
        refusal.children.unshift(...childElements(iq).map(child => shell(child, repeated)))
      return refusal
    }
  }

  function reply(stanza: Element): void {
    if (!options.send(stanza)) options.counters.count('xmpp-iq-answer-lost')
  }

  function refuse(iq: Element, error: Element): void {
    options.counters.count('xmpp-iq-refused')
    reply(errorAnswer(iq, error))
  }

  async function run(iq: Element, handled: Handled): Promise<void> {
    running++
    reply(await answer(iq, handled))
    running--
  }

  function asked(iq: Element): void {
    const type = attribute(iq, 'type')
    const [child, ...others] = childElements(iq)
    if ((type !== 'get' && type !== 'set') || !child || others.length > 0) {
      refuse(iq, stanzaError('modify', 'bad-request'))
      return
    }
    const handled = handlers.get(`${type} ${child.getName()} ${child.getNS() ?? ''}`)
    if (!handled) refuse(iq, stanzaError('cancel', 'service-unavailable'))
    else if (running >= mostRunning) refuse(iq, stanzaError('wait', 'resource-constraint'))
    else void run(iq, handled)
  }

  return {
    handle: (type, xmlns, name, handler, repeated = []) => {
      handlers.set(`${type} ${name} ${xmlns}`, { handler, repeated })
    },
    asked,
  }
}
