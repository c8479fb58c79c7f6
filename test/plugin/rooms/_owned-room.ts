// Servers on the in-process host, and a room at the first of them that a user owns.
import type { Test } from 'tap'
import type { ContextAddress } from '../../../plugin/ports.js'
import {
  startMemoryServers,
  type MemoryServer,
  type MemoryServers,
  type MemoryServersOptions,
} from '../../_memory-servers.js'

export const owner = 'olga@a.example'

export interface OwnedRoom extends MemoryServers {
  readonly a: MemoryServer
  readonly b: MemoryServer
  readonly c: MemoryServer
  readonly room: ContextAddress
  /** Gives a command in chat as a user of `a`, the owner unless it is said otherwise; resolves to the answer. */
  command(words: string, user?: string): Promise<string>
  /** Cells spoken in the room so far. */
  spoken(): number
}

/** Servers a, b and c, and ops@conference.a.example, owned by olga@a.example and the bot. */
export async function startOwnedRoom(
  t: Test,
  options: Partial<MemoryServersOptions> = {},
): Promise<OwnedRoom> {
  const lab = await startMemoryServers({ names: ['a', 'b', 'c'], ...options })
  t.teardown(() => lab.stop())
  const [a, b, c] = lab.servers as [MemoryServer, MemoryServer, MemoryServer]
  const room = a.host.rooms.make('ops', [owner, a.host.rooms.speaker])
  let cells = 0
  lab.network.onFrame(context => {
    if (context === room) cells++
  })
  return {
    ...lab,
    a,
    b,
    c,
    room,
    spoken: () => cells,
    async command(words, user = owner) {
      const before = a.shown.length
      await lab.elapse(a.say(user, null, words))
      return (
        a.shown
          .slice(before)
          .find(message => message.user === user && message.contact === null)
          ?.body.toString() ?? ''
      )
    },
  }
}
