// Stanzas to a room and what its presences say (XEP-0045, XEP-0334, XEP-0410).
import type { Element } from 'ltx'
import { attribute, childElements, xml } from './xml.js'

const muc = 'http://jabber.org/protocol/muc'
const hints = 'urn:xmpp:hints'
export const mucUser = `${muc}#user`
export const mucAdmin = `${muc}#admin`
export const mucOwner = `${muc}#owner`
export const cellNamespace = 'urn:p3do:0'

/** An address in two parts: the bare address, and the resource, which in a room is the nick. */
export interface SplitAddress {
  readonly bare: string
  readonly resource: string
}

export function splitAddress(address: string): SplitAddress {
  const slash = address.indexOf('/')
  if (slash < 0) return { bare: address, resource: '' }
  return { bare: address.slice(0, slash), resource: address.slice(slash + 1) }
}

// XEP-0045 s7.2.2, s7.2.13. An error answer carries the id.
export function joinPresence(bot: string, occupant: string, id: string): Element {
  const x = xml('x', { xmlns: muc }, xml('history', { maxstanzas: '0' }))
  return xml('presence', { from: bot, to: occupant, id }, x)
}

// XEP-0045 s7.14
export function leavePresence(bot: string, occupant: string): Element {
  return xml('presence', { from: bot, to: occupant, type: 'unavailable' })
}

// XEP-0410 s3.1
export function selfPing(bot: string, occupant: string): Element {
  return xml('iq', { type: 'get', from: bot, to: occupant }, xml('ping', { xmlns: 'urn:xmpp:ping' }))
}

/** A frame and nothing else; the hints keep it out of archives and away from carbons (XEP-0334 s4). */
export function cellMessage(bot: string, room: string, frame: string): Element {
  return xml(
    'message',
    { type: 'groupchat', from: bot, to: room },
    xml('cell', { xmlns: cellNamespace }, frame),
    xml('no-store', { xmlns: hints }),
    xml('no-copy', { xmlns: hints }),
  )
}

/** What a role or an affiliation is asked for or set by; `role` by nick, `affiliation` by bare address. */
export interface AdminItem {
  readonly nick?: string
  readonly jid?: string
  readonly role?: string
  readonly affiliation?: string
}

// XEP-0045 s8, s9
export function adminIq(
  type: 'get' | 'set',
  bot: string,
  room: string,
  items: readonly AdminItem[],
): Element {
  const children = items.map(item => xml('item', { ...item }))
  return xml('iq', { type, from: bot, to: room }, xml('query', { xmlns: mucAdmin }, ...children))
}

// XEP-0045 s10.9
export function destroyIq(bot: string, room: string): Element {
  return xml('iq', { type: 'set', from: bot, to: room }, xml('query', { xmlns: mucOwner }, xml('destroy')))
}

/** What a presence from a room says about one occupant. */
export interface Occupant {
  readonly nick: string
  readonly present: boolean
  /** The room says that this is ourselves (status 110). */
  readonly self: boolean
  /** Its join made the room (status 201). */
  readonly created: boolean
  readonly affiliation: string
  readonly role: string
}

/** Reads a presence that is not an error. */
export function parseOccupant(presence: Element): Occupant {
  const x = presence.getChild('x', mucUser)
  const parts = x ? childElements(x) : []
  const codes = parts.filter(part => part.name === 'status').map(part => attribute(part, 'code'))
  const item = parts.find(part => part.name === 'item')
  return {
    nick: splitAddress(attribute(presence, 'from') ?? '').resource,
    present: attribute(presence, 'type') === undefined,
    self: codes.includes('110'),
    created: codes.includes('201'),
    affiliation: (item && attribute(item, 'affiliation')) ?? 'none',
    role: (item && attribute(item, 'role')) ?? 'none',
  }
}
