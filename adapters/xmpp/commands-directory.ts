// Which commands there are, as clients ask for them (XEP-0050 s2.2, s2.3).
import type { Element } from 'ltx'
import type { CommandDesk, Counters, UserAddress } from '../../plugin/ports.js'
import { commandsNamespace, forbidden } from './commands-refusals.js'
import type { DiscoveryNodes } from './discovery.js'
import { addressee, localSender } from './parties.js'
import { attribute, xml } from './xml.js'

export interface CommandsDirectoryOptions {
  readonly hostDomain: string
  readonly counters: Counters
  /** @throws PluginError until there is something to offer */
  readonly desk: () => CommandDesk
}

/** For `createCommands`. */
export function createCommandsDirectory(options: CommandsDirectoryOptions): DiscoveryNodes {
  const { hostDomain, counters, desk } = options
  const asker = (iq: Element): UserAddress => {
    const user = localSender(iq, hostDomain)
    if (user) return user
    counters.count('command-refused')
    throw forbidden()
  }
  return {
    feature: commandsNamespace,
    describe(iq, node) {
      if (addressee(iq) !== 'plugin') return null
      if (node === commandsNamespace)
        return { identity: { category: 'automation', type: 'command-list', name: 'Commands' }, features: [] }
      const user = localSender(iq, hostDomain)
      const command = user && desk().find(user, node)
      if (command === null || command === 'forbidden') return null
      const identity = { category: 'automation', type: 'command-node', name: command.title }
      return { identity, features: [commandsNamespace, 'jabber:x:data'] }
    },
    list(iq, node) {
      if (addressee(iq) !== 'plugin' || node !== commandsNamespace) return null
      const jid = attribute(iq, 'to')
      return desk()
        .offered(asker(iq))
        .map(({ name, title }) => xml('item', { jid, node: name, name: title }))
    },
  }
}
