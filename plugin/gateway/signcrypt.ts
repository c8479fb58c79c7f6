// The signcrypt element around a hosted user's message: what is encrypted and signed end to end (XEP-0373 s3.1).
import { Element, parse } from 'ltx'
import { PluginError } from '../errors.js'
import { parseUserAddress } from '../addresses.js'
import type { Random, UserAddress, UserLink } from '../ports.js'

const namespace = 'urn:xmpp:openpgp:0'
const longestText = 196_608
// XEP-0373 s4.1: random padding, so that the length does not tell the text's; kept short, cells have one size anyway.
const mostPadding = 8
// RFC 6120 s11.1: no comments, instructions and declarations; the parser looks for the end of a comment again at each octet.
const restricted = /<(?:!(?!\[CDATA\[)|\?)/u

/** The element's text for a chat message to one recipient. `sent` is in milliseconds. */
export function encodeSigncrypt(recipient: UserAddress, body: string, sent: number, random: Random): Buffer {
  const element = new Element('signcrypt', { xmlns: namespace })
  element.c('to', { jid: recipient })
  element.c('time', { stamp: new Date(sent).toISOString().replace(/\.\d+Z$/u, 'Z') })
  element.c('rpad').t(random.octets(mostPadding).toString('hex').slice(random.below(mostPadding)))
  element.c('payload').c('body', { xmlns: 'jabber:client' }).t(body)
  return Buffer.from(element.toString())
}

/**
 * The body of a chat message from an opened signcrypt element.
 * @param contactOf whom the address of a contact stands for that the sender's client wrote to
 * @throws PluginError `bad-format` when it is another element, for another recipient, or without a body
 */
export function parseSigncrypt(
  octets: Buffer,
  recipient: UserAddress,
  contactOf: UserLink['contactOf'],
): string {
  if (octets.length > longestText) throw refused()
  const text = octets.toString()
  if (restricted.test(text)) throw refused()
  const element = parseXml(text)
  if (!element.is('signcrypt', namespace)) throw refused()
  // XEP-0373 s3.1: the recipient checks that it is meant, so that nobody can pass a message on as if to another.
  const recipients = element.getChildren('to', namespace).map(to => String(to.attrs['jid']))
  if (!recipients.some(jid => isAddress(jid, recipient) || contactOf(jid) === recipient)) throw refused()
  const body = element.getChild('payload', namespace)?.getChild('body', 'jabber:client')?.getText()
  if (body === undefined || body === '') throw refused()
  return body
}

function parseXml(text: string): Element {
  try {
    return parse(text)
  } catch (cause) {
    throw new PluginError('bad-format', 'The content of a message is not well-formed.', { cause })
  }
}

function isAddress(text: string, address: UserAddress): boolean {
  try {
    return parseUserAddress(text) === address
  } catch {
    return false // no address at all is not this one
  }
}

function refused(): PluginError {
  return new PluginError(
    'bad-format',
    'The content of a message is not a signcrypt element for its recipient.',
  )
}
