// Hands messages to users: by the host's module, which shows them once, under contacts' own addresses, and errors on all devices; as
// plain stanzas where there is none.
import type { Element } from 'ltx'
import { PluginError } from '../../plugin/errors.js'
import type { Counters } from '../../plugin/ports.js'
import { createFlush } from './flush.js'
import { forwarded } from './forwarded.js'
import { route, withoutModule } from './host-module.js'
import type { Link } from './link.js'
import { StanzaRefused } from './stanza-errors.js'
import { xml } from './xml.js'

/** What is handed over: made anew for each way that is tried. */
export interface Handed {
  /** @param from whom the user sees as its sender */
  message(from: string): Element
  /** The component's address that stands for the sender. */
  readonly escaped: string
  /** The sender's own address, where the user writes to that one. */
  readonly own: string | null
  /** A name under which it is shown once, `null` where that does not matter. */
  readonly once: string | null
}

export interface HandoverOptions {
  readonly link: Link
  readonly hostDomain: string
  readonly counters: Counters
}

export interface Handover {
  /** By the module where there is one. @throws PluginError `host-unreachable`, `recipient-unknown` */
  byModule(handed: Handed): Promise<void>
  /** As any other stanza of the component. @throws PluginError `host-unreachable` */
  plain(message: Element): Promise<void>
}

/** For `createUsersOutput`. */
export function createHandover({ link, hostDomain, counters }: HandoverOptions): Handover {
  const flushed = createFlush(link)
  let isAbsent = false
  link.onOnline(() => (isAbsent = false))

  async function ask({ message, once }: Handed, from: string): Promise<Answer> {
    const attributes = { xmlns: route, dir: 'in', ...(once !== null && { once }) }
    const asked = xml(
      'iq',
      { type: 'set', to: hostDomain },
      xml('route', attributes, forwarded(message(from))),
    )
    try {
      await link.request(asked)
      return 'shown'
    } catch (cause) {
      return judge(cause)
    }
  }

  async function plain(message: Element): Promise<void> {
    if (!link.send(message)) {
      counters.count('user-message-lost')
      throw new PluginError('host-unreachable', 'The link to the host is down or full.')
    }
    await flushed()
  }

  return {
    plain,
    async byModule(handed) {
      const { own, escaped } = handed
      // The host may know less than we do of what the user wants; the address of ours is always his to see.
      for (const from of own === null ? [escaped] : [own, escaped]) {
        const answer = isAbsent ? 'absent' : await ask(handed, from)
        if (answer === 'shown') return
        isAbsent = answer === 'absent'
      }
      await plain(handed.message(escaped))
    },
  }
}

type Answer = 'shown' | 'absent' | 'not-allowed'

function judge(cause: unknown): Answer {
  if (!(cause instanceof StanzaRefused))
    throw new PluginError('host-unreachable', 'The host may not have taken a message.', { cause })
  if (withoutModule.includes(cause.condition)) return 'absent'
  if (cause.condition === 'not-allowed') return 'not-allowed'
  if (cause.condition === 'item-not-found')
    throw new PluginError('recipient-unknown', 'The host knows no such user.', { cause })
  throw new PluginError('host-unreachable', 'The host did not take a message.', { cause })
}
