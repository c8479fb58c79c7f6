// What clients ask a gateway before they use it: who it is (XEP-0030), and how a contact's address is written here
// (XEP-0100, jabber:iq:gateway).
import type { Element } from 'ltx'
import { parseUserAddress } from '../../plugin/addresses.js'
import { PluginError } from '../../plugin/errors.js'
import { contactAddress } from './escaping.js'
import { splitJid } from './jid.js'
import type { Link } from './link.js'
import { markers, receipts } from './marks.js'
import { localSender } from './parties.js'
import { Refusal } from './stanza-errors.js'
import { vcards } from './vcards.js'
import { attribute, childElements, childText, xml } from './xml.js'

const info = 'http://jabber.org/protocol/disco#info'
const items = 'http://jabber.org/protocol/disco#items'
const gateway = 'jabber:iq:gateway'
const ping = 'urn:xmpp:ping'

const ofGateway = {
  identity: { category: 'gateway', type: 'p3do', name: 'P3DO onion routing' },
  features: [info, items, gateway, ping, vcards],
}
const ofOthers = {
  identity: { category: 'account', type: 'registered' },
  features: [info, ping, receipts, markers, vcards],
}

// XEP-0030 s3.2: a node that isn't there is not found.
function refuseNode(iq: Element): void {
  if (childElements(iq).every(query => attribute(query, 'node') === undefined)) return
  throw new Refusal('cancel', 'item-not-found', 'There are no nodes here.')
}

function describe(iq: Element): Element {
  refuseNode(iq)
  const isGateway = splitJid(attribute(iq, 'to') ?? '').local === null
  const { identity, features } = isGateway ? ofGateway : ofOthers
  const known = features.map(feature => xml('feature', { var: feature }))
  return xml('query', { xmlns: info }, xml('identity', identity), ...known)
}

function listNothing(iq: Element): Element {
  refuseNode(iq)
  return xml('query', { xmlns: items })
}

function promptForContact(): Element {
  const desc = xml(
    'desc',
    {},
    'Enter the address of the person that you want to write to, like bob@b.example.',
  )
  return xml('query', { xmlns: gateway }, desc, xml('prompt', {}, 'Address'))
}

function parsePrompt(iq: Element): string {
  const query = childElements(iq)[0]
  return (query && childText(query, 'prompt', gateway)?.trim()) ?? ''
}

function translateContact(iq: Element, component: string): Element {
  try {
    const jid = contactAddress(parseUserAddress(parsePrompt(iq)), component)
    return xml('query', { xmlns: gateway }, xml('jid', {}, jid))
  } catch (error) {
    if (error instanceof PluginError) throw new Refusal('modify', 'not-acceptable', error.message)
    throw error
  }
}

/** For the composition root; answers from now on. Pings are answered by the link itself. */
export function answerDiscovery(options: { readonly link: Link; readonly hostDomain: string }): void {
  const { link, hostDomain } = options

  function ensureLocal(iq: Element): void {
    if (localSender(iq, hostDomain)) return
    throw new PluginError('not-local', 'Only users of this server can use this gateway.')
  }

  link.handleIq('get', info, 'query', describe)
  link.handleIq('get', items, 'query', listNothing)
  link.handleIq('get', gateway, 'query', iq => {
    ensureLocal(iq)
    return promptForContact()
  })
  link.handleIq('set', gateway, 'query', iq => {
    ensureLocal(iq)
    return translateContact(iq, link.domain)
  })
}
