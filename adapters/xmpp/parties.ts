// Who writes to whom: which senders are users of the host, and which addresses of the component stand for contacts.
import type { Element } from 'ltx'
import { parseUserAddress } from '../../plugin/addresses.js'
import { orNull } from '../../plugin/errors.js'
import type { UserAddress } from '../../plugin/ports.js'
import { parseTalk } from './escaping.js'
import { splitJid } from './jid.js'
import { attribute } from './xml.js'

/** The user of the host that sent a stanza, or null: the host vouches for the `from` of its own domain only. */
export function localSender(stanza: Element, hostDomain: string): UserAddress | null {
  const { local, domain } = splitJid(attribute(stanza, 'from') ?? '')
  return local !== null && domain === hostDomain ? orNull(() => parseUserAddress(`${local}@${domain}`)) : null
}

/** Localpart under which the plugin itself chats: many clients can't write to an address without one. */
export const pluginLocalpart = 'p3do'

/** Localparts of the bots that speak and listen in rooms. */
export const speakerLocalpart = 'speaker'
export const listenerLocalpart = 'listener'

/** Whether a stanza is for one of the bots, to whom only rooms have something to say. */
export function isForBot(stanza: Element): boolean {
  const { local } = splitJid(attribute(stanza, 'to') ?? '')
  return local === speakerLocalpart || local === listenerLocalpart
}

/** The contact for whom an address of any component stands, or null for an address that stands for none. */
export function contactOf(address: string): UserAddress | null {
  const { local } = splitJid(address)
  return local === null ? null : orNull(() => parseTalk(local).contact)
}

/** The contact that a stanza is for, `plugin` for the component itself, null for an address that is neither. */
export function addressee(stanza: Element): UserAddress | 'plugin' | null {
  const { local } = splitJid(attribute(stanza, 'to') ?? '')
  return local === null || local === pluginLocalpart ? 'plugin' : orNull(() => parseTalk(local).contact)
}

/** The pseudonym that is to talk to the contact that a stanza is for; whether it is the sender's is not known here. */
export function pseudonymFor(stanza: Element): UserAddress | null {
  return pseudonymAt(attribute(stanza, 'to') ?? '')
}

/** The same for an address of the component. */
export function pseudonymAt(address: string): UserAddress | null {
  const { local, domain } = splitJid(address)
  const name = local === null ? null : orNull(() => parseTalk(local).pseudonym)
  return name === null ? null : orNull(() => parseUserAddress(`${name}@${domain}`))
}
