// Messages to contacts' own addresses, as the host's module hands them over (docs/host-module.md).
import type { Element } from 'ltx'
import { parseUserAddress } from '../../plugin/addresses.js'
import type { UserAddress } from '../../plugin/ports.js'
import { messageIn } from './forwarded.js'
import { route } from './host-module.js'
import { splitJid } from './jid.js'
import type { Link } from './link.js'
import { localSender } from './parties.js'
import { Refusal } from './stanza-errors.js'
import { attribute, childElements } from './xml.js'

export interface Routed {
  /** In the namespace of our own stream. */
  readonly stanza: Element
  readonly user: UserAddress
  readonly contact: UserAddress
}

export interface RoutedOptions {
  readonly link: Link
  readonly hostDomain: string
}

/** Begins to take them. The host has a message when `take` resolves; what that throws, the module tells its sender. */
export function takeFromModule(
  { link, hostDomain }: RoutedOptions,
  take: (routed: Routed) => Promise<void>,
): void {
  link.handleIq('set', route, 'route', async iq => {
    ensureFromHost(iq, hostDomain)
    const parent = childElements(iq)[0]
    if (!parent || attribute(parent, 'dir') !== 'out') throw refused()
    const stanza = messageIn(parent)
    const user = localSender(stanza, hostDomain)
    if (!user || !['chat', 'normal'].includes(attribute(stanza, 'type') ?? 'normal')) throw refused()
    await take({ stanza, user, contact: bareContact(attribute(stanza, 'to') ?? '') })
    return undefined
  })
}

/** Nobody else speaks under the host's bare domain. @throws Refusal */
export function ensureFromHost(iq: Element, hostDomain: string): void {
  if (attribute(iq, 'from') === hostDomain) return
  throw new Refusal('auth', 'forbidden', 'This is for the module of the chat server alone.')
}

/** The user of a bare or full address. @throws PluginError `bad-format` */
export function bareContact(address: string): UserAddress {
  const { local, domain } = splitJid(address)
  return parseUserAddress(`${local ?? ''}@${domain}`)
}

// XEP-0085, and what may stand beside it.
const beside = ['http://jabber.org/protocol/chatstates', 'urn:xmpp:hints']

/** Whether a message tells nothing but that somebody is writing, or has stopped to. */
export function isTyping(message: Element): boolean {
  return childElements(message).every(
    child => child.name === 'thread' || beside.includes(child.getNS() ?? ''),
  )
}

function refused(): Refusal {
  return new Refusal('modify', 'bad-request', 'This is no message of a user here that can be routed.')
}
