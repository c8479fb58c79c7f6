// Rooms of the in-process host that users own, and may let the plugin use.
import { parseUserAddress } from '../../plugin/addresses.js'
import { PluginError } from '../../plugin/errors.js'
import type {
  ContextAddress,
  Domain,
  RoomInvitation,
  RoomLink,
  RoomOwners,
  UserAddress,
} from '../../plugin/ports.js'
import { createRoom, type Room } from './room.js'

/** What a test does as the owners of rooms. */
export interface MemoryRooms extends RoomLink {
  /** Makes a room, which its owners may be others of afterwards. */
  make(name: string, owners: readonly string[]): ContextAddress
  setOwners(room: ContextAddress, owners: readonly string[]): void
  destroy(room: ContextAddress): void
  invite(invitation: RoomInvitation): void
  /** What `release` was given for rooms that were released. */
  readonly released: ReadonlyMap<ContextAddress, string>
}

type Changed = (trouble: PluginError | null) => void

export function createMemoryRooms(domain: Domain, rooms: Map<ContextAddress, Room>): MemoryRooms {
  const [speaker, service] = [`speaker@p3do.${domain}`, `conference.${domain}`]
  const owners = new Map<ContextAddress, readonly string[]>()
  const held = new Map<ContextAddress, Changed>()
  const released = new Map<ContextAddress, string>()
  let invited: (invitation: RoomInvitation) => void = () => undefined
  const look = (room: ContextAddress): void => {
    const isOurs = owners.get(room)?.includes(speaker) === true
    held.get(room)?.(isOurs ? null : new PluginError('context-refused', 'The bot is no owner of the room.'))
  }
  const setOwners = (room: ContextAddress, next: readonly string[]): void => {
    owners.set(room, next)
    look(room)
  }
  return {
    speaker,
    released,
    parse(text) {
      if (text.endsWith(`@${service}`)) return parseUserAddress(text) as string as ContextAddress
      throw new PluginError('command-invalid', `Name a room of this server, like ops@${service}.`)
    },
    owners: room => Promise.resolve(ownersIn(owners.get(room) ?? [], speaker)),
    describe: room => Promise.resolve(`before ${room}`),
    hold(room, changed) {
      held.set(room, changed)
      look(room)
    },
    release(room, before) {
      held.delete(room)
      released.set(room, before)
      setOwners(
        room,
        (owners.get(room) ?? []).filter(owner => owner !== speaker),
      )
      return Promise.resolve()
    },
    onInvited: handler => void (invited = handler),
    make(name, by) {
      const room = `${name}@${service}` as ContextAddress
      rooms.set(room, createRoom())
      setOwners(room, by)
      return room
    },
    setOwners,
    destroy(room) {
      rooms.delete(room)
      owners.delete(room)
      look(room)
    },
    invite: invitation => {
      invited(invitation)
    },
  }
}

function ownersIn(all: readonly string[], speaker: string): RoomOwners | null {
  if (!all.includes(speaker)) return null
  const others = all.filter(owner => owner !== speaker)
  const isBot = (owner: string): boolean => owner.startsWith('speaker@')
  return {
    people: others.filter(owner => !isBot(owner)) as UserAddress[],
    isForeign: others.some(isBot),
  }
}
