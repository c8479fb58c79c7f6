// What clients ask a gateway before they use it: who it is (XEP-0030), and how a contact's address is written here
// (XEP-0100, jabber:iq:gateway).
import type { Element } from 'ltx'
import { parseUserAddress } from '../../plugin/addresses.js'
import { PluginError } from '../../plugin/errors.js'
import { entityTime } from './entity-time.js'
import { contactAddress } from './escaping.js'
import { splitJid } from './jid.js'
import type { Link } from './link.js'
import { markers, receipts } from './marks.js'
import { addressee, localSender } from './parties.js'
import { Refusal } from './stanza-errors.js'
import { vcards } from './vcards.js'
import { attribute, childElements, childText, xml } from './xml.js'

const info = 'http://jabber.org/protocol/disco#info'
const items = 'http://jabber.org/protocol/disco#items'
const gateway = 'jabber:iq:gateway'
const ping = 'urn:xmpp:ping'

/** What an address or a node of it says of itself. */
export interface Described {
  readonly identity: Readonly<Record<string, string>>
  readonly features: readonly string[]
}

/** What one of the features of this component has to say to service discovery. */
export interface DiscoveryNodes {
  /** Of the addresses that have such nodes. */
  readonly feature: string
  /** `null` where there is no such node. @throws PluginError for whom it is not for */
  describe(iq: Element, node: string): Described | null
  list(iq: Element, node: string): readonly Element[] | null
}

const ofGateway: Described = {
  identity: { category: 'gateway', type: 'p3do', name: 'P3DO onion routing' },
  features: [info, items, gateway, ping, vcards, entityTime],
}
const ofOthers: Described = {
  identity: { category: 'account', type: 'registered' },
  features: [info, ping, receipts, markers, vcards],
}

function nodeOf(iq: Element): string | undefined {
  return childElements(iq)
    .map(query => attribute(query, 'node'))
    .find(node => node !== undefined)
}

function existing<Value>(found: Value | null): Value {
  // XEP-0030 s3.2: a node that isn't there is not found.
  if (found === null) throw new Refusal('cancel', 'item-not-found', 'There is no such node here.')
  return found
}

function describe(iq: Element, nodes: DiscoveryNodes): Element {
  const node = nodeOf(iq)
  const { identity, features } = node === undefined ? self(iq, nodes) : existing(nodes.describe(iq, node))
  const known = features.map(feature => xml('feature', { var: feature }))
  return xml('query', { xmlns: info, node }, xml('identity', identity), ...known)
}

function self(iq: Element, { feature }: DiscoveryNodes): Described {
  const isGateway = splitJid(attribute(iq, 'to') ?? '').local === null
  const { identity, features } = isGateway ? ofGateway : ofOthers
  return { identity, features: addressee(iq) === 'plugin' ? [...features, feature] : features }
}

function list(iq: Element, nodes: DiscoveryNodes): Element {
  const node = nodeOf(iq)
  const found = node === undefined ? [] : existing(nodes.list(iq, node))
  return xml('query', { xmlns: items, node }, ...found)
}

function promptForContact(): Element {
  const desc = xml(
    'desc',
    {},
    'Enter the address of the person that you want to write to, like bob@b.example. To write under a pseudonym of yours, put its name behind it: bob@b.example fox.',
  )
  return xml('query', { xmlns: gateway }, desc, xml('prompt', {}, 'Address'))
}

function parsePrompt(iq: Element): string {
  const query = childElements(iq)[0]
  return (query && childText(query, 'prompt', gateway)?.trim()) ?? ''
}

function translateContact(iq: Element, component: string): Element {
  try {
    const [contact = '', ...names] = parsePrompt(iq).split(/\s+/u)
    const [name] = names.slice(-1)
    if (names.length > 2 || (names.length === 2 && names[0] !== 'as')) throw tooMany()
    const as = name === undefined ? undefined : parseUserAddress(`${name.replace(/@.*$/u, '')}@${component}`)
    const jid = contactAddress(parseUserAddress(contact), component, as)
    return xml('query', { xmlns: gateway }, xml('jid', {}, jid))
  } catch (error) {
    if (error instanceof PluginError) throw new Refusal('modify', 'not-acceptable', error.message)
    throw error
  }
}

function tooMany(): PluginError {
  return new PluginError(
    'bad-format',
    'Write an address like bob@b.example, and nothing behind it but the name of a pseudonym of yours.',
  )
}

/** For the composition root; answers from now on. Pings are answered by the link itself. */
export function answerDiscovery(options: {
  readonly link: Link
  readonly hostDomain: string
  readonly nodes: DiscoveryNodes
}): void {
  const { link, hostDomain, nodes } = options

  function ensureLocal(iq: Element): void {
    if (localSender(iq, hostDomain)) return
    throw new PluginError('not-local', 'Only users of this server can use this gateway.')
  }

  link.handleIq('get', info, 'query', iq => describe(iq, nodes))
  link.handleIq('get', items, 'query', iq => list(iq, nodes))
  link.handleIq('get', gateway, 'query', iq => {
    ensureLocal(iq)
    return promptForContact()
  })
  link.handleIq('set', gateway, 'query', iq => {
    ensureLocal(iq)
    return translateContact(iq, link.domain)
  })
}
