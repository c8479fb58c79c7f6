// What users are shown and told (RFC 6121 s5, RFC 6120 s8.3, XEP-0373 s5).
import type { Element } from 'ltx'
import { parseUserAddress } from '../../plugin/addresses.js'
import type { ChatMessage, Counters, Random, UserAddress, UserLink } from '../../plugin/ports.js'
import { correctionChildren } from './correction.js'
import { contactAddress } from './escaping.js'
import { createHandover } from './handover.js'
import { hasFeature } from './host-module.js'
import type { Link } from './link.js'
import { askChildren, markChildren } from './marks.js'
import { sealedChildren } from './ox.js'
import { pluginLocalpart } from './parties.js'
import { errorOf } from './stanza-errors.js'
import { xml } from './xml.js'

export interface UsersOutputOptions {
  readonly link: Link
  readonly hostDomain: string
  readonly random: Random
  readonly counters: Counters
}

/** For `createUsers`. */
export function createUsersOutput({
  link,
  hostDomain,
  random,
  counters,
}: UsersOutputOptions): Pick<UserLink, 'address' | 'deliver' | 'mark' | 'dropsRepeats' | 'fail'> {
  const handover = createHandover({ link, hostDomain, counters })
  const address = parseUserAddress(`${pluginLocalpart}@${link.domain}`)
  const sendersOf = ({
    contact,
    as,
    transparent = false,
  }: Pick<ChatMessage, 'contact' | 'as' | 'transparent'>) => ({
    escaped: contact ? contactAddress(contact, link.domain, as) : address,
    own: transparent ? contact : null,
  })
  const chat = (id: string, user: UserAddress, children: () => readonly Element[]) => (from: string) =>
    xml('message', { type: 'chat', id, from, to: user }, ...children())
  return {
    address,
    async deliver(shown) {
      const { id = random.octets(16).toString('hex'), once = null } = shown
      const senders = sendersOf(shown)
      const message = chat(id, shown.user, () => childrenOf(shown))
      if (once === null && senders.own === null) await handover.plain(message(senders.escaped))
      else await handover.byModule({ ...senders, once, message })
    },
    async mark(told) {
      const senders = sendersOf(told)
      const message = chat(random.octets(16).toString('hex'), told.user, () => markChildren(told))
      if (senders.own === null) await handover.plain(message(senders.escaped))
      else await handover.byModule({ ...senders, once: null, message })
    },
    dropsRepeats: () => hasFeature(link, hostDomain, 'once'),
    async fail(failed, reason) {
      const { user, id } = failed
      const message = (from: string): Element =>
        xml('message', { type: 'error', id, from, to: user }, errorOf(reason))
      await handover.byModule({ ...sendersOf(failed), once: null, message })
      counters.count('user-message-failed')
    },
  }
}

function childrenOf({ body, sealed, asks = [], replaces }: ChatMessage): Element[] {
  return [
    xml('body', {}, body),
    ...(sealed ? sealedChildren(sealed) : []),
    ...askChildren(asks),
    ...correctionChildren(replaces),
  ]
}
