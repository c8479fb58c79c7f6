// The route that a user chooses for his messages to a server.
import { parseDomain } from '../addresses.js'
import type { Domain, RouteStore } from '../ports.js'
import { userCommands, type Command, type Family } from './command.js'

const family = {
  word: 'route',
  help: 'the servers that messages go through',
  commands: {
    route: {
      usage: '<server...>',
      title: 'Choose the servers that my messages go through',
      labels: { server: 'Servers from the first to that of your contact' },
      help: '"route c.example b.example" sends messages to b.example through c.example first; "route b.example" leaves it to chance again',
    },
  },
} as const satisfies Family

export interface RoutePorts {
  readonly routes: RouteStore
  /** @throws PluginError `route-invalid` */
  readonly ensureValid: (servers: readonly Domain[]) => void
}

export function routeCommands({ routes, ensureValid }: RoutePorts): Command[] {
  return userCommands(family, {
    async route(user, words) {
      const servers = words.slice(0, 16).map(parseDomain)
      const [destination] = servers.slice(-1) as [Domain]
      if (servers.length === 1) {
        await routes.saveRoute(user, destination, null)
        return `Messages to ${destination} take a random route.`
      }
      ensureValid(servers)
      await routes.saveRoute(user, destination, servers)
      return `Messages to ${destination} go by ${servers.join(', then ')}.`
    },
  })
}
