// Rooms of the in-process host that users own, and may let the plugin use.
import { parseUserAddress } from '../../plugin/addresses.js'
import { PluginError } from '../../plugin/errors.js'
import type {
  Clock,
  ContextAddress,
  Domain,
  RoomChanged,
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
  /** Throws the plugin's bot out; it says nothing there until it is in again. */
  kick(room: ContextAddress): void
  /** The bot that was kicked has joined again. */
  rejoin(room: ContextAddress): void
  /** Throws it out for good, and it is no owner any more; it is in again when it is made one (XEP-0045 s5.2: it can only be one of the two). */
  ban(room: ContextAddress): void
  destroy(room: ContextAddress): void
  /** An owner comes under a name, and throws out who has it. */
  enter(room: ContextAddress, name: string): void
  /** Says something under the name of somebody who is in. */
  say(room: ContextAddress, name: string, frame: string): void
  /** Every listener goes, and comes again. */
  rejoinAll(room: ContextAddress): void
  invite(invitation: RoomInvitation): void
  /** What `release` was given for rooms that were released. */
  readonly released: ReadonlyMap<ContextAddress, string>
}

export function createMemoryRooms(
  domain: Domain,
  rooms: Map<ContextAddress, Room>,
  clock: Clock,
): MemoryRooms {
  const [speaker, service] = [`speaker@p3do.${domain}`, `conference.${domain}`]
  const standing = createStanding(rooms, speaker)
  const released = new Map<ContextAddress, string>()
  let invited: (invitation: RoomInvitation) => void = () => undefined
  const { setOwners, kick, rejoin, ban } = standing
  return {
    speaker,
    released,
    ...{ setOwners, kick, rejoin, ban },
    parse: text => parseRoom(text, service),
    owners: room => Promise.resolve(ownersIn(standing.ownersOf(room), speaker)),
    describe: room => Promise.resolve(`before ${room}`),
    hold: standing.watch,
    retry: standing.look,
    release(room, before) {
      standing.unwatch(room)
      released.set(room, before)
      standing.resign(room)
      return Promise.resolve()
    },
    onInvited: handler => void (invited = handler),
    make(name, by) {
      const room = `${name}@${service}` as ContextAddress
      rooms.set(room, createRoom(clock))
      setOwners(room, by)
      return room
    },
    destroy(room) {
      rooms.delete(room)
      setOwners(room, [])
    },
    invite: invitation => {
      invited(invitation)
    },
    enter: (room, name) => rooms.get(room)?.enter(name),
    say: (room, name, frame) => rooms.get(room)?.speak(name, frame, () => true),
    rejoinAll: room => rooms.get(room)?.rejoinAll(),
  }
}

/** Who owns each room, and whether the plugin's bot is in. */
function createStanding(rooms: ReadonlyMap<ContextAddress, Room>, speaker: string) {
  const owners = new Map<ContextAddress, readonly string[]>()
  const banned = new Set<ContextAddress>()
  const held = new Map<ContextAddress, RoomChanged>()
  const people = new Map<ContextAddress, readonly UserAddress[]>()
  const ownersOf = (room: ContextAddress): readonly string[] => owners.get(room) ?? []
  const look = (room: ContextAddress): void => {
    const why = banned.has(room) ? 'The room does not let the bot in.' : 'The bot is no owner of the room.'
    const shown = ownersIn(ownersOf(room), speaker)
    if (shown) people.set(room, shown.people)
    held.get(room)?.(shown ? null : new PluginError('context-refused', why), people.get(room) ?? [])
  }
  const kick = (room: ContextAddress): void => rooms.get(room)?.setSpeaker(false)
  const rejoin = (room: ContextAddress): void => {
    rooms.get(room)?.setSpeaker(true)
    look(room)
  }
  const setOwners = (room: ContextAddress, next: readonly string[]): void => {
    owners.set(room, next)
    if (next.includes(speaker) && banned.delete(room)) rejoin(room)
    else look(room)
  }
  const resign = (room: ContextAddress): void => {
    const others = ownersOf(room).filter(owner => owner !== speaker)
    setOwners(room, others)
  }
  const watch = (room: ContextAddress, changed: RoomChanged): void => {
    held.set(room, changed)
    look(room)
  }
  const ban = (room: ContextAddress): void => {
    banned.add(room)
    kick(room)
    resign(room)
  }
  const unwatch = (room: ContextAddress): void => void held.delete(room)
  return { ownersOf, setOwners, resign, watch, unwatch, look, kick, rejoin, ban }
}

function parseRoom(text: string, service: string): ContextAddress {
  if (text.endsWith(`@${service}`)) return parseUserAddress(text) as string as ContextAddress
  throw new PluginError('command-invalid', `Name a room of this server, like ops@${service}.`)
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
