// Users' rules for contacts at their own addresses, given to the host's module (docs/host-module.md).
import { PluginError } from '../../plugin/errors.js'
import type { RoutingLink, RoutingRule } from '../../plugin/ports.js'
import { route, withoutModule } from './host-module.js'
import type { Link } from './link.js'
import { StanzaRefused } from './stanza-errors.js'
import { xml } from './xml.js'

/** For the composition root. */
export function createRouting({ link, hostDomain }: { link: Link; hostDomain: string }): RoutingLink {
  return {
    async setRules(user, rules) {
      const set = xml('route', { xmlns: route, dir: 'set', user }, ...rules.map(itemOf))
      try {
        await link.request(xml('iq', { type: 'set', to: hostDomain }, set))
        return 'kept'
      } catch (cause) {
        const condition = cause instanceof StanzaRefused ? cause.condition : null
        if (condition === 'item-not-found') return 'unknown'
        if (condition !== null && withoutModule.includes(condition)) return 'unsupported'
        throw new PluginError('host-unreachable', 'The chat server did not take it. Try again later.', {
          cause,
        })
      }
    },
    onConnected: handler => link.onOnline(handler),
  }
}

function itemOf({ scope, routed }: RoutingRule): ReturnType<typeof xml> {
  return xml('item', { jid: scope === 'everyone' ? '*' : scope, routed: String(routed) })
}
