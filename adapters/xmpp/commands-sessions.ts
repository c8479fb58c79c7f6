// Commands that are being filled in: few, for a short time, each known only to the client that began it (XEP-0050 s3.3).
import type { Cancel, Clock, FilledIn, OfferedCommand, Random, UserAddress } from '../../plugin/ports.js'

export interface CommandSession {
  readonly user: UserAddress
  /** Full address of the client, and the address that it wrote to. */
  readonly from: string
  readonly to: string
  readonly command: OfferedCommand
  readonly stage: 'form' | 'warning'
  readonly filled: FilledIn
}

export interface CommandSessions {
  /** A new name, unguessable. */
  name(): string
  /** Keeps a session, and gives its name; `null` where too many are kept. */
  keep(session: CommandSession, id?: string): string | null
  /** Takes a session out, so that nothing is done twice; `null` where there is none of that name. */
  take(id: string): CommandSession | null
}

const lifetime = 900_000
const mostOfUser = 8
const mostOfAll = 512

export function createCommandSessions(clock: Clock, random: Random): CommandSessions {
  const kept = new Map<string, { readonly session: CommandSession; readonly cancel: Cancel }>()
  const take = (id: string): CommandSession | null => {
    const found = kept.get(id)
    found?.cancel()
    kept.delete(id)
    return found?.session ?? null
  }
  const name = (): string => random.octets(16).toString('hex')
  return {
    name,
    take,
    keep(session, id = name()) {
      const own = [...kept].filter(([, other]) => other.session.user === session.user)
      // A client that never ends what it began is in nobody's way but its own.
      if (own.length >= mostOfUser) take(own[0]?.[0] ?? '')
      if (kept.size >= mostOfAll) return null
      kept.set(id, { session, cancel: clock.after(lifetime, () => void kept.delete(id)) })
      return id
    },
  }
}
