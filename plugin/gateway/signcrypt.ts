// The signcrypt element around a hosted user's message: what is encrypted and signed end to end (XEP-0373 s3.1).
import { Element } from 'ltx'
import { PluginError } from '../errors.js'
import { parseUserAddress } from '../addresses.js'
import type { Random, UserAddress, UserLink } from '../ports.js'
import { oxNamespace, readSigncrypt } from '../signcrypt.js'

const longestText = 196_608
// XEP-0373 s4.1: random padding, so that the length does not tell the text's; kept short, cells have one size anyway.
const mostPadding = 8

/** The element's text for a chat message to one recipient. `sent` is in milliseconds. */
export function encodeSigncrypt(recipient: UserAddress, body: string, sent: number, random: Random): Buffer {
  const element = new Element('signcrypt', { xmlns: oxNamespace })
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
  const { recipients, body } = readSigncrypt(octets.toString())
  // XEP-0373 s3.1: the recipient checks that it is meant, so that nobody can pass a message on as if to another.
  if (!recipients.some(jid => isAddress(jid, recipient) || contactOf(jid) === recipient)) throw refused()
  return body
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
