// What a user can tell the plugin in chat, each command defined once with its help.
import { parseDomain } from '../addresses.js'
import { ensureValidRoute } from '../delivery/index.js'
import { PluginError } from '../errors.js'
import type { Domain, RouteStore, UserAddress } from '../ports.js'

/** Runs a command and answers in words. @throws PluginError with what is wrong with the arguments */
type Command = (user: UserAddress, words: readonly string[]) => Promise<string>

interface Described {
  readonly usage: string
  readonly help: string
  readonly run: Command
}

/** What commands tell about a user's key. */
export type KeyReport = (user: UserAddress) => Promise<{ readonly fingerprint: string }>

/**
 * The commands. `run` gives the answer to a text that is one, and `null` to any other text.
 * @param contactAddress shows the address under which a user writes to a contact
 */
export function createCommands(
  routes: RouteStore,
  keyOf: KeyReport,
  contactAddress: string,
): { run(user: UserAddress, text: string): Promise<string | null> } {
  const commands: Record<string, Described> = {
    help: {
      usage: 'help',
      help: 'this list',
      run: () => Promise.resolve(helpText(commands, contactAddress)),
    },
    key: {
      usage: 'key',
      help: 'the fingerprint of your key, which is made at your first message',
      run: async user =>
        `The fingerprint of your key is ${(await keyOf(user)).fingerprint.slice(2).toUpperCase()}.`,
    },
    route: {
      usage: '/route c.example b.example',
      help: 'messages to b.example go through c.example first; "/route b.example" alone leaves it to chance again',
      run: (user, words) => setRoute(routes, user, words),
    },
  }
  // Not the object itself: it also has what every object has.
  const byName = new Map(Object.entries(commands))
  return {
    async run(user, text) {
      const [name = '', ...words] = text.trim().split(/\s+/u)
      const command = byName.get(name.replace(/^\//u, '').toLowerCase())
      return command ? command.run(user, words) : null
    },
  }
}

async function setRoute(routes: RouteStore, user: UserAddress, words: readonly string[]): Promise<string> {
  const servers = words.slice(0, 16).map(parseDomain)
  const destination = servers.at(-1)
  if (!destination)
    throw new PluginError('route-invalid', 'Name the servers, first hop first: /route c.example b.example')
  if (servers.length === 1) {
    await routes.saveRoute(user, destination, null)
    return `Messages to ${destination} take a random route.`
  }
  ensureValidRoute(servers)
  await routes.saveRoute(user, destination, servers)
  return `Messages to ${destination} go by ${describeRoute(servers)}.`
}

function describeRoute(servers: readonly Domain[]): string {
  return servers.join(', then ')
}

function helpText(commands: Record<string, Described>, contactAddress: string): string {
  const lines = Object.values(commands).map(({ usage, help }) => `${usage}: ${help}`)
  return [
    'P3DO carries your messages through several servers, so that nobody on the way learns who writes to whom.',
    `To write to bob@b.example, send your message to ${contactAddress}.`,
    ...lines,
  ].join('\n')
}
