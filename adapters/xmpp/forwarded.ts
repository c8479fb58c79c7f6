// Whole stanzas inside of others (XEP-0297), as plugin and host module hand them to each other.
import type { Element } from 'ltx'
import { Refusal } from './stanza-errors.js'
import { attribute, childElements, streamNamespace, xml } from './xml.js'

const forward = 'urn:xmpp:forward:0'
const clientNamespace = 'jabber:client'

/** A message of our own stream as an element to hand over. It must not be used otherwise afterwards. */
export function forwarded(message: Element): Element {
  message.attrs['xmlns'] = clientNamespace
  return xml('forwarded', { xmlns: forward }, message)
}

/** The message inside, in the namespace of our own stream. @throws Refusal where there is none */
export function messageIn(parent: Element): Element {
  const message = parent.getChild('forwarded', forward)?.getChild('message', clientNamespace)
  if (!message) throw new Refusal('modify', 'bad-request', 'There is no message in it.')
  // Some servers write the namespace on each element, others on the outer one only.
  for (const element of [message, ...childElements(message)])
    if (attribute(element, 'xmlns') === clientNamespace) element.attrs['xmlns'] = streamNamespace
  return message
}
