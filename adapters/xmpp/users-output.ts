// What users are shown and told (RFC 6121 s5, RFC 6120 s8.3, XEP-0373 s5).
import type { Element } from 'ltx'
import { parseUserAddress } from '../../plugin/addresses.js'
import { PluginError } from '../../plugin/errors.js'
import type { Counters, Random, UserAddress, UserLink } from '../../plugin/ports.js'
import { contactAddress } from './escaping.js'
import { createFlush } from './flush.js'
import { hasFeature } from './host-module.js'
import type { Link } from './link.js'
import { askChildren, markChildren } from './marks.js'
import { sealedChildren } from './ox.js'
import { pluginLocalpart } from './parties.js'
import { errorOf } from './stanza-errors.js'
import { xml } from './xml.js'

export interface UsersOutputOptions {
  readonly link: Link
  readonly hostDomain: string
  readonly random: Random
  readonly counters: Counters
}

/** For `createUsers`. */
export function createUsersOutput({
  link,
  hostDomain,
  random,
  counters,
}: UsersOutputOptions): Pick<UserLink, 'address' | 'deliver' | 'mark' | 'dropsRepeats' | 'fail'> {
  const flushed = createFlush(link)
  const address = parseUserAddress(`${pluginLocalpart}@${link.domain}`)
  const addressOf = (contact: UserAddress | null): string =>
    contact ? contactAddress(contact, link.domain) : address
  const hand = async (message: Element): Promise<void> => {
    if (!link.send(message)) {
      counters.count('user-message-lost')
      throw unreachable()
    }
    await flushed()
  }
  return {
    address,
    async deliver({ user, contact, body, sealed, asks = [], id: known }) {
      const id = known ?? random.octets(16).toString('hex')
      const head = { type: 'chat', id, from: addressOf(contact), to: user }
      const children = [xml('body', {}, body), ...(sealed ? sealedChildren(sealed) : [])]
      await hand(xml('message', head, ...children, ...askChildren(asks)))
    },
    async mark({ user, contact, ...mark }) {
      const id = random.octets(16).toString('hex')
      const head = { type: 'chat', id, from: addressOf(contact), to: user }
      await hand(xml('message', head, ...markChildren(mark)))
    },
    dropsRepeats: () => hasFeature(link, hostDomain, 'once'),
    async fail({ user, contact, id }, reason) {
      const head = { type: 'error', id, from: addressOf(contact), to: user }
      if (!link.send(xml('message', head, errorOf(reason)))) throw unreachable()
      counters.count('user-message-failed')
      await flushed()
    },
  }
}

function unreachable(): PluginError {
  return new PluginError('host-unreachable', 'The link to the host is down or full.')
}
