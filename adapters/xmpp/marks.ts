// Receipts and markers in stanzas: what a sender's client asks for, and what the other's tells (XEP-0184, XEP-0333).
import type { Element } from 'ltx'
import type { Ask, Mark, MarkKind } from '../../plugin/ports.js'
import { attribute, childElements, xml } from './xml.js'

export const receipts = 'urn:xmpp:receipts'
export const markers = 'urn:xmpp:chat-markers:0'

// A client tells of one message at a time; some send receipt and marker in one stanza.
const mostMarks = 4

const elements: readonly (readonly [MarkKind, string, string])[] = [
  ['receipt', 'received', receipts],
  ['received', 'received', markers],
  ['displayed', 'displayed', markers],
  ['acknowledged', 'acknowledged', markers],
]

/** What the sender's client wants to be told of. */
export function parseAsks(message: Element): Ask[] {
  const wanted: Ask[] = []
  if (message.getChild('request', receipts)) wanted.push('receipt')
  if (message.getChild('markable', markers)) wanted.push('markers')
  return wanted
}

/** The elements by which a client is asked. */
export function askChildren(asks: readonly Ask[]): Element[] {
  return asks.map(ask =>
    ask === 'receipt' ? xml('request', { xmlns: receipts }) : xml('markable', { xmlns: markers }),
  )
}

/** What a client tells of messages that it was shown, by their names; nothing in a stanza without that. */
export function parseMarks(message: Element): Pick<Mark, 'id' | 'kinds'>[] {
  const told = new Map<string, MarkKind[]>()
  for (const child of childElements(message).slice(0, 2 * mostMarks)) {
    const [kind] = elements.find(([, name, namespace]) => child.is(name, namespace)) ?? []
    const id = attribute(child, 'id')
    if (kind !== undefined && id !== undefined) told.set(id, [...(told.get(id) ?? []), kind])
  }
  return [...told].slice(0, mostMarks).map(([id, kinds]) => ({ id, kinds }))
}

/** The children of a stanza that tells it. */
export function markChildren({ id, kinds }: Pick<Mark, 'id' | 'kinds'>): Element[] {
  const told = elements.filter(([kind]) => kinds.includes(kind))
  return [
    ...told.map(([, name, namespace]) => xml(name, { xmlns: namespace, id })),
    // There is no text by which a host would know that it is worth keeping for a client that is away.
    xml('store', { xmlns: 'urn:xmpp:hints' }),
  ]
}
