// The element that OX clients sign and encrypt, as it is read (XEP-0373 s3.1).
import { parse, type Element } from 'ltx'
import { PluginError } from './errors.js'

/** The namespace of the element. */
export const oxNamespace = 'urn:xmpp:openpgp:0'

/** What an element says; nobody has looked for whom it is. */
export interface Signcrypt {
  /** For whom it is, as it is written. */
  readonly recipients: readonly string[]
  /** When it was made, as it is written; `null` where that is not said. */
  readonly stamp: string | null
  /** The text of a chat message. */
  readonly body: string
}

// RFC 6120 s11.1: no comments, instructions and declarations; the parser looks for the end of a comment again at each octet.
const restricted = /<(?:!(?!\[CDATA\[)|\?)/u

/**
 * Reads an element; the caller has bounded its length.
 * @throws PluginError `bad-format` when it is another element, or without a text
 */
export function readSigncrypt(text: string): Signcrypt {
  if (restricted.test(text)) throw refused()
  const element = parseXml(text)
  if (!element.is('signcrypt', oxNamespace)) throw refused()
  const body = element.getChild('payload', oxNamespace)?.getChild('body', 'jabber:client')?.getText()
  if (body === undefined || body === '') throw refused()
  const stamp: unknown = element.getChild('time', oxNamespace)?.attrs['stamp']
  return {
    recipients: element.getChildren('to', oxNamespace).map(to => String(to.attrs['jid'])),
    stamp: typeof stamp === 'string' ? stamp : null,
    body,
  }
}

function parseXml(text: string): Element {
  try {
    return parse(text)
  } catch (cause) {
    throw new PluginError('bad-format', 'The content of a message is not well-formed.', { cause })
  }
}

function refused(): PluginError {
  return new PluginError('bad-format', 'The content of a message is not a signcrypt element with a text.')
}
