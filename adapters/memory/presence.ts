// Contact lists of the in-process host's users.
import { parseUserAddress } from '../../plugin/addresses.js'
import type { ListedAddress, PresenceLink, UserAddress } from '../../plugin/ports.js'

/** What a test sees and does. */
export interface MemoryPresence extends PresenceLink {
  /** A user puts an address into his list, or takes it out. */
  list(user: UserAddress, address: ListedAddress, isListed: boolean): void
  /** What users were shown, in its order, and forgets it. */
  taken(): readonly string[]
  /** What the plugin took out of lists, in its order, and forgets it. */
  takenOut(): readonly string[]
  /** Whether the host lets it do that. */
  hasModule: boolean
  /** How much more the host takes. */
  room: number
  connected(): void
}

export function createMemoryPresence(): MemoryPresence {
  const handlers = new Set<() => void>()
  const [shown, takenOut]: [string[], string[]] = [[], []]
  let handle: Parameters<PresenceLink['onListed']>[0] = () => undefined
  const presence: MemoryPresence = {
    room: Infinity,
    hasModule: true,
    onListed: handler => void (handle = handler),
    pseudonymAt(address) {
      const [, name, domain] = /\+([^+@]+)@([^@]+)$/u.exec(address) ?? []
      return name === undefined || domain === undefined ? null : parseUserAddress(`${name}@${domain}`)
    },
    show(user, address) {
      if (presence.room === 0) return false
      presence.room--
      shown.push(`${user} ${address}`)
      return true
    },
    takeOut(user, address) {
      takenOut.push(`${user} ${address}`)
      return Promise.resolve(presence.hasModule)
    },
    takenOut: () => takenOut.splice(0),
    onConnected(handler) {
      handlers.add(handler)
      return () => void handlers.delete(handler)
    },
    list: (user, address, isListed) => {
      handle(user, address, isListed)
    },
    taken: () => shown.splice(0),
    connected() {
      for (const handler of handlers) handler()
    },
  }
  return presence
}
