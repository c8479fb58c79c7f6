// What clients show of the component and of contacts beside their addresses (XEP-0054).
import type { Element } from 'ltx'
import { PluginError } from '../../plugin/errors.js'
import type { UserAddress } from '../../plugin/ports.js'
import type { Link } from './link.js'
import { addressee, localSender, pseudonymFor } from './parties.js'
import { Refusal } from './stanza-errors.js'
import { xml } from './xml.js'

export const vcards = 'vcard-temp'

const ofPlugin = {
  FN: 'P3DO onion routing',
  NICKNAME: 'P3DO',
  DESC: 'Sends messages on a way that nobody can follow. Write: help',
}

/** The escaped address is hard to read; the contact's own one is what a client should show. */
function ofContact(contact: UserAddress, as: UserAddress | null) {
  const under = as === null ? '' : ` under your pseudonym ${as}`
  return {
    FN: as === null ? contact : `${contact} (as ${as.slice(0, as.indexOf('@'))})`,
    NICKNAME: contact.slice(0, contact.indexOf('@')),
    JABBERID: contact,
    DESC: `Messages to ${contact} go out encrypted${under}, on a way that nobody can follow.`,
  }
}

/** For the composition root; answers from now on. */
export function answerVcards({
  link,
  hostDomain,
}: {
  readonly link: Link
  readonly hostDomain: string
}): void {
  link.handleIq('get', vcards, 'vCard', (iq: Element) => {
    if (!localSender(iq, hostDomain))
      throw new PluginError('not-local', 'Only users of this server can look up its contacts.')
    const whom = addressee(iq)
    if (whom === null) throw new Refusal('cancel', 'item-not-found', 'This address stands for no contact.')
    const fields = Object.entries(whom === 'plugin' ? ofPlugin : ofContact(whom, pseudonymFor(iq)))
    return xml('vCard', { xmlns: vcards }, ...fields.map(([name, text]) => xml(name, {}, text)))
  })
}
