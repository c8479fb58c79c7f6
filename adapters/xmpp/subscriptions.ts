// Presence of the component and of contacts, so that the host's users can keep them in their contact lists
// (RFC 6121 s3.1.3, s4.2.2, s4.3.2).
import type { Element } from 'ltx'
import { PluginError } from '../../plugin/errors.js'
import type { Counters, ListedAddress, PresenceLink, UserAddress } from '../../plugin/ports.js'
import { route } from './host-module.js'
import { splitJid } from './jid.js'
import type { Link } from './link.js'
import { addressee, isForBot, localSender, pseudonymAt } from './parties.js'
import { StanzaRefused } from './stanza-errors.js'
import { attribute, xml } from './xml.js'

function bare(address: string | undefined): string {
  return (address ?? '').replace(/\/.*$/s, '')
}

/** For the composition root; answers from now on. Subscriptions are the host's to remember, which tells nobody of them. */
export function acceptSubscriptions(options: {
  readonly link: Link
  readonly hostDomain: string
  readonly counters: Counters
}): PresenceLink {
  const { link, counters } = options
  let note: Parameters<PresenceLink['onListed']>[0] = () => undefined

  function answer(stanza: Element, type?: string): void {
    const [from, to] = [bare(attribute(stanza, 'to')), attribute(stanza, 'from')]
    link.send(xml('presence', { type, from, to: type === undefined ? to : bare(to) }))
  }

  function subscribe(stanza: Element, allowed: boolean): void {
    counters.count(allowed ? 'subscription-accepted' : 'subscription-refused')
    answer(stanza, allowed ? 'subscribed' : 'unsubscribed')
    if (allowed) answer(stanza)
  }

  link.onStanza(stanza => {
    const type = attribute(stanza, 'type')
    if (stanza.name !== 'presence' || splitJid(attribute(stanza, 'from') ?? '').local === null) return
    const user = localSender(stanza, options.hostDomain)
    const allowed = user !== null && addressee(stanza) !== null
    const listing = type === 'subscribe' || type === 'probe'
    if (allowed && (listing || type === 'unsubscribe'))
      note(user, bare(attribute(stanza, 'to')) as ListedAddress, listing)
    if (type === 'subscribe') subscribe(stanza, allowed)
    else if (type === 'unsubscribe') answer(stanza, 'unsubscribed')
    else if (type === 'probe' && allowed) answer(stanza)
    else if (!allowed && !isForBot(stanza)) counters.count('presence-dropped')
  })
  return {
    onListed: handler => void (note = handler),
    pseudonymAt,
    show: (user, address) => link.send(xml('presence', { from: address, to: user })),
    async takeOut(user, address) {
      // RFC 6121 s3.2.1: what every host knows; the entry stays, and its contact is away.
      link.send(xml('presence', { type: 'unsubscribed', from: address, to: user }))
      return removed(options, user, address)
    },
    onConnected: handler => link.onOnline(handler),
  }
}

// A contact list is its user's: only the host's module takes something out of it.
async function removed(
  { link, hostDomain }: { readonly link: Link; readonly hostDomain: string },
  user: UserAddress,
  address: ListedAddress,
): Promise<boolean> {
  const request = xml('route', { xmlns: route, dir: 'unlist', user, jid: address })
  try {
    await link.request(xml('iq', { type: 'set', to: hostDomain }, request))
    return true
  } catch (cause) {
    if (cause instanceof StanzaRefused) return false
    throw new PluginError('host-unreachable', 'The host did not take an address out of a contact list.', {
      cause,
    })
  }
}
