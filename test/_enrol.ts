// Users of the in-process network who can write to each other.
import { homeOf, parseUserAddress } from '../plugin/addresses.js'
import type { MemoryServers } from './_memory-servers.js'

/** Makes the keys of users, by their first word to the plugin, and lets all servers know them. */
export async function enrol(
  { servers, elapse }: Pick<MemoryServers, 'servers' | 'elapse'>,
  users: readonly string[],
): Promise<void> {
  for (const user of users) {
    const home = servers.find(({ domain }) => domain === homeOf(parseUserAddress(user)))
    if (home) await elapse(home.say(user, null, 'help'))
    for (const server of servers) await server.learns(user)
  }
}
