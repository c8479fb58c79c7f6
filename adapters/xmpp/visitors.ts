// Users of other servers who log in at the host with a certificate: the host's module asks who they are (docs/host-module.md).
import type { Element } from 'ltx'
import { parseUserAddress } from '../../plugin/addresses.js'
import { PluginError } from '../../plugin/errors.js'
import type { Reception, UserAddress, VisitorLink } from '../../plugin/ports.js'
import { contactAddress } from './escaping.js'
import { visit, withoutModule } from './host-module.js'
import type { Link } from './link.js'
import { ensureFromHost } from './routed.js'
import { StanzaRefused } from './stanza-errors.js'
import { attribute, childElements, xml } from './xml.js'

// As base64: longer than any certificate that is read.
const longest = 16_384

/** For the composition root. Answers from now on, and lets nobody in until it is told who decides. */
export function createVisitors({ link, hostDomain }: { link: Link; hostDomain: string }): VisitorLink {
  let reception: Reception | null = null
  const decider = (): Reception => {
    if (reception) return reception
    throw new PluginError('queue-full', 'The plugin is not ready yet; try again in a moment.')
  }
  link.handleIq('get', visit, 'visitor', async iq => {
    const user = await decider().recognise(certificateIn(iq, hostDomain))
    return xml('visitor', { xmlns: visit, account: contactAddress(user, hostDomain) })
  })
  link.handleIq('set', visit, 'visitor', async iq => {
    await decider().welcome(certificateIn(iq, hostDomain), accountIn(iq))
    return undefined
  })
  return {
    receive: given => void (reception = given),
    async close(account) {
      try {
        const closing = xml('close', { xmlns: visit, account })
        await link.request(xml('iq', { type: 'set', to: hostDomain }, closing))
      } catch (cause) {
        if (cause instanceof StanzaRefused && withoutModule.includes(cause.condition)) return
        throw new PluginError('host-unreachable', 'The chat server did not log a visitor out.', { cause })
      }
    },
  }
}

function certificateIn(iq: Element, hostDomain: string): Buffer {
  ensureFromHost(iq, hostDomain)
  const text = childElements(iq)[0]?.getText() ?? ''
  if (text.length > longest) throw new PluginError('bad-format', 'A certificate is too long.')
  return Buffer.from(text, 'base64')
}

function accountIn(iq: Element): UserAddress {
  const [asked] = childElements(iq)
  return parseUserAddress((asked && attribute(asked, 'account')) ?? '')
}
