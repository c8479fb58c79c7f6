// Keys of contacts for local clients: an OX client looks for them in the nodes of the address that it writes to, which is
// the component's (XEP-0373 s4, XEP-0060 s6.5).
import type { Element } from 'ltx'
import { PluginError } from '../../plugin/errors.js'
import type { ShownKey, UserAddress, UserLink } from '../../plugin/ports.js'
import { route } from './host-module.js'
import type { Link } from './link.js'
import { keyItem, keyOfNode, listItem, listNode, pubsub } from './ox.js'
import { addressee, localSender } from './parties.js'
import { bareContact, ensureFromHost } from './routed.js'
import { Refusal } from './stanza-errors.js'
import { attribute, childElements, xml } from './xml.js'

type ShowKey = Parameters<UserLink['showKeys']>[0]

/** For `createUsers`. Answers from now on, and finds nothing until it is told how. */
export function answerKeyQuestions({
  link,
  hostDomain,
}: {
  link: Link
  hostDomain: string
}): UserLink['showKeys'] {
  let show: ShowKey | null = null

  async function keyFor(contact: UserAddress | 'plugin' | null): Promise<ShownKey> {
    if (!contact || !show) throw notFound()
    try {
      return await show(contact === 'plugin' ? null : contact)
    } catch (error) {
      if (error instanceof PluginError && error.fault === 'user') throw notFound()
      throw error
    }
  }

  async function answer(
    asked: Element | undefined,
    contact: UserAddress | 'plugin' | null,
  ): Promise<Element> {
    const items = asked?.getChild('items', pubsub)
    const node = (items && attribute(items, 'node')) ?? ''
    const named = keyOfNode(node)
    if (node !== listNode && !named) throw notFound()
    const key = await keyFor(contact)
    if (named && named !== key.fingerprint) throw notFound()
    return xml('pubsub', { xmlns: pubsub }, xml('items', { node }, named ? keyItem(key) : listItem([key])))
  }

  link.handleIq('get', pubsub, 'pubsub', iq => {
    // A contact's key says who knows whom: only users of this server are told.
    if (!localSender(iq, hostDomain)) throw notFound()
    return answer(iq.getChild('pubsub', pubsub), addressee(iq))
  })
  // What a user's client asks of the contact's own address, which the contact's server must not hear of.
  link.handleIq('get', route, 'route', iq => {
    ensureFromHost(iq, hostDomain)
    const [asked] = childElements(iq)
    const contact = bareContact((asked && attribute(asked, 'contact')) ?? '')
    return answer(asked?.getChild('pubsub', pubsub), contact)
  })
  return handler => {
    show = handler
  }
}

// XEP-0060 s6.5.9.11
function notFound(): Refusal {
  return new Refusal('cancel', 'item-not-found', 'No key of this contact is known here.')
}
