// The XML of OX: keys as they stand in a user's nodes, and messages as clients encrypt them (XEP-0373 s4, s5, XEP-0380).
import type { Element } from 'ltx'
import { parseFingerprint } from '../../plugin/fingerprint.js'
import { PluginError } from '../../plugin/errors.js'
import type { Fingerprint, ListedKey, ShownKey } from '../../plugin/ports.js'
import { attribute, childElements, childText, xml } from './xml.js'

const ox = 'urn:xmpp:openpgp:0'
const encryption = 'urn:xmpp:eme:0'
export const pubsub = 'http://jabber.org/protocol/pubsub'
const mostListed = 16
// Octets of a certificate, and of a message, that anything behind the ports takes.
const longestKey = 65_536
const longestMessage = 196_608

/** XEP-0373 s4.1: the node that lists a user's keys. */
export const listNode = `${ox}:public-keys`

/** XEP-0373 s4.1: the node of one key. Fingerprints there have no version in front and are in upper case. */
export function keyNode(fingerprint: Fingerprint): string {
  return `${listNode}:${writtenFingerprint(fingerprint)}`
}

/** The key that a node is of, `null` for a node of anything else. */
export function keyOfNode(node: string): Fingerprint | null {
  return node.startsWith(`${listNode}:`) ? readFingerprint(node.slice(listNode.length + 1)) : null
}

/** An item that lists keys. */
export function listItem(keys: readonly ListedKey[]): Element {
  const entries = keys.map(({ fingerprint, changed }) =>
    xml('pubkey-metadata', {
      'v4-fingerprint': writtenFingerprint(fingerprint),
      // XEP-0082
      date: new Date(changed).toISOString().replace(/\.\d+Z$/u, 'Z'),
    }),
  )
  return xml('item', { id: 'current' }, xml('public-keys-list', { xmlns: ox }, ...entries))
}

/** An item that is a key. */
export function keyItem({ certificate }: Pick<ShownKey, 'certificate'>): Element {
  const data = xml('data', {}, certificate.toString('base64'))
  return xml('item', { id: 'current' }, xml('pubkey', { xmlns: ox }, data))
}

/** The keys that the answer to a question for the list node names; what is no key is passed over. */
export function parseList(answer: Element): ListedKey[] {
  const list = payloadOf(answer)?.getChild('public-keys-list', ox)
  const entries = list ? childElements(list).filter(entry => entry.is('pubkey-metadata', ox)) : []
  return entries.slice(0, mostListed).flatMap(entry => {
    const fingerprint = readFingerprint(attribute(entry, 'v4-fingerprint') ?? '')
    const changed = Date.parse(attribute(entry, 'date') ?? '')
    return fingerprint === null ? [] : [{ fingerprint, changed: Number.isNaN(changed) ? 0 : changed }]
  })
}

/** The octets in the answer to a question for a key. @throws PluginError `bad-format` for what is too long */
export function parseKey(answer: Element): Buffer | null {
  const key = payloadOf(answer)?.getChild('pubkey', ox)
  return key ? octetsOf(childText(key, 'data', ox), longestKey, 'The key') : null
}

/** Whether a stanza has a message that a client encrypted. */
export function holdsSealed(message: Element): boolean {
  return message.getChild('openpgp', ox) !== undefined
}

/** XEP-0380 s3: what is encrypted for another method has nothing but an excuse in its body. @throws PluginError */
export function ensureCarried(message: Element): void {
  const method = message.getChild('encryption', encryption)
  if (!method || attribute(method, 'namespace') === ox) return
  throw new PluginError(
    'custody-wrong',
    'Your client encrypts in a way that can not be carried, such as OMEMO. Switch that off for this contact: P3DO encrypts. Nothing was sent.',
  )
}

/** The message in a stanza that a client encrypted, `null` where there is none. @throws PluginError `message-too-long` */
export function parseSealed(message: Element): Buffer | null {
  const text = childText(message, 'openpgp', ox)
  try {
    return octetsOf(text, longestMessage, 'The message')
  } catch (cause) {
    throw new PluginError('message-too-long', 'The encrypted message is too long or not base64.', { cause })
  }
}

/** The children of a stanza that carries such a message, beside its body. */
export function sealedChildren(sealed: Buffer): Element[] {
  return [
    xml('openpgp', { xmlns: ox }, sealed.toString('base64')),
    xml('encryption', { xmlns: encryption, namespace: ox }),
    xml('store', { xmlns: 'urn:xmpp:hints' }),
  ]
}

// An unknown or empty node gives no item; the newest comes first where there are several.
function payloadOf(answer: Element): Element | undefined {
  return answer.getChild('pubsub', pubsub)?.getChild('items', pubsub)?.getChild('item', pubsub)
}

function octetsOf(text: string | null, most: number, what: string): Buffer | null {
  if (text === null) return null
  // Some programs break lines.
  if (text.length > most * 1.5) throw tooLong(what)
  const octets = Buffer.from(text, 'base64')
  if (octets.length === 0 || octets.length > most) throw tooLong(what)
  return octets
}

function tooLong(what: string): PluginError {
  return new PluginError('bad-format', `${what} is empty, or longer than it may be.`)
}

function writtenFingerprint(fingerprint: Fingerprint): string {
  return fingerprint.slice(2).toUpperCase()
}

function readFingerprint(text: string): Fingerprint | null {
  return /^[0-9a-f]{40}$/iu.test(text) ? parseFingerprint(`04${text}`) : null
}
