// Iqs of ours and their answers, paired by unguessable ids (RFC 6120 s8.2.3).
import type { Element } from 'ltx'
import { PluginError } from '../../plugin/errors.js'
import type { Clock, Counters, Random } from '../../plugin/ports.js'
import { parseStanzaError } from './stanza-errors.js'
import { attribute } from './xml.js'

export interface IqRequests {
  readonly request: (iq: Element, timeout: number) => Promise<Element>
  /** Takes an iq of type result or error. */
  readonly answered: (iq: Element) => void
  /** Gives up all that wait; for when the link is lost, since their answers are too. */
  readonly abandon: () => void
}

interface Waiting {
  readonly to: string
  settle(answer: Element | PluginError): void
}

const mostWaiting = 1024

function unreachable(message: string): PluginError {
  return new PluginError('peer-unreachable', message)
}

/** For `createLink`. `send` is the link's own. */
export function createIqRequests(options: {
  readonly clock: Clock
  readonly random: Random
  readonly counters: Counters
  send(stanza: Element): boolean
}): IqRequests {
  const waiting = new Map<string, Waiting>()

  function request(iq: Element, timeout: number): Promise<Element> {
    if (waiting.size >= mostWaiting) {
      return Promise.reject(new PluginError('queue-full', 'Too many requests wait for answers; try later.'))
    }
    const id = options.random.octets(16).toString('hex')
    iq.attrs['id'] = id
    if (!options.send(iq)) {
      return Promise.reject(
        unreachable('The request could not be sent: the link to the host is down or full.'),
      )
    }
    return new Promise((resolve, reject) => {
      const cancel = options.clock.after(timeout, () => {
        settle(unreachable('The other side did not answer in time.'))
      })
      function settle(answer: Element | PluginError): void {
        cancel()
        waiting.delete(id)
        if (answer instanceof PluginError) reject(answer)
        else resolve(answer)
      }
      waiting.set(id, { to: attribute(iq, 'to') ?? '', settle })
    })
  }

  function answered(iq: Element): void {
    const asked = waiting.get(attribute(iq, 'id') ?? '')
    // Case is left to the host, which may have normalised the address.
    if (asked?.to.toLowerCase() !== attribute(iq, 'from')?.toLowerCase()) {
      options.counters.count('xmpp-iq-answer-unasked')
      return
    }
    asked?.settle(attribute(iq, 'type') === 'error' ? parseStanzaError(iq) : iq)
  }

  function abandon(): void {
    for (const asked of [...waiting.values()]) {
      asked.settle(unreachable('The link to the host was lost before the answer came.'))
    }
  }

  return { request, answered, abandon }
}
