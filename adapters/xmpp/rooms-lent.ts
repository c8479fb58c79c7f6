// Rooms that people own and lend as contexts: asked who owns them, held, and given back (XEP-0045 s9, s10; PROTO s7.5).
import * as v from 'valibot'
import { parseUserAddress } from '../../plugin/addresses.js'
import { orNull, PluginError } from '../../plugin/errors.js'
import type {
  ContextAddress,
  ListenerAddress,
  RoomLink,
  RoomOwners,
  UserAddress,
} from '../../plugin/ports.js'
import { splitJid } from './jid.js'
import { listenerLocalpart, speakerLocalpart } from './parties.js'
import { describedValues } from './rooms-form.js'
import { takeInvitations } from './rooms-invitations.js'
import { configure, formOf, lentRoomStay, ownersOf, resign } from './rooms-own.js'
import type { OwnRoom } from './rooms-own.js'
import { splitAddress } from './rooms-stanzas.js'
import { stayInRoom } from './rooms-stay.js'
import type { RoomPorts, Stay } from './rooms-stay.js'

export interface LentRoomOptions {
  readonly roomService: string
  /** Whose users are local. */
  readonly hostDomain: string
  /** Full address of the speaker's bot. */
  readonly bot: string
  /** Rooms in which the bot speaks, by address: those that are held are put there. */
  readonly open: Map<string, LentRoom>
}

export interface LentRoom extends OwnRoom {
  readonly opened: Promise<ContextAddress>
  readonly stay: Stay
}

const mostDescribed = 4096
const described = v.record(v.string(), v.array(v.string()))

/** For `createRooms`. */
export function createLentRooms(ports: RoomPorts, options: LentRoomOptions): RoomLink {
  const { roomService, bot, open } = options
  const invited = takeInvitations(ports, options)
  const plain = (room: string): OwnRoom => ({ room, bot, members: new Map(), isLent: true })
  return {
    speaker: splitAddress(bot).bare,
    parse: text => parseRoom(text, roomService),
    owners: room => askOwners(ports, plain(room)),
    async describe(room) {
      const text = JSON.stringify(describedValues(await formOf(ports, plain(room))))
      if (text.length <= mostDescribed) return text
      throw new PluginError('context-refused', 'The settings of the room are too long; make another room.')
    },
    hold(room, changed) {
      const own = plain(room)
      let people: readonly UserAddress[] = []
      const stay = stayInRoom(ports, {
        ...lentRoomStay(ports, own),
        ready: async () => {
          const owners = await askOwners(ports, own)
          if (owners === null) throw notOwned()
          people = owners.people
        },
        entered: () => {
          changed(null, people)
        },
        failed: reason => {
          changed(troubleOf(reason), people)
        },
      })
      open.set(room, { ...own, opened: Promise.resolve(room), stay })
    },
    retry: room => open.get(room)?.stay.hurry(),
    async release(room, before) {
      const held = open.get(room)
      open.delete(room)
      try {
        await configure(ports, plain(room), v.parse(described, JSON.parse(before)))
        await resign(ports, plain(room))
      } catch {
        // The bot may do it no more, or its owners have no other one; the room is theirs in any case.
        ports.counters.count('room-not-given-back')
      }
      held?.stay.leave()
    },
    onInvited: invited,
  }
}

/** Whether the bot of another server's plugin is meant, and not a person who may have been a member before. */
export function isListener(jid: ListenerAddress): boolean {
  return splitJid(jid).local === listenerLocalpart
}

function parseRoom(text: string, roomService: string): ContextAddress {
  const address = orNull(() => parseUserAddress(text))
  if (address !== null && splitJid(address).domain === roomService) return address as string as ContextAddress
  throw new PluginError(
    'command-invalid',
    `Name a room of this server by its address, like ops@${roomService}: rooms elsewhere can not be contexts here.`,
  )
}

async function askOwners(ports: RoomPorts, own: OwnRoom): Promise<RoomOwners | null> {
  const owners = await ownersOf(ports, own)
  const ourselves = splitAddress(own.bot).bare
  if (owners?.includes(ourselves) !== true) return null
  const others = owners.filter(owner => owner !== ourselves)
  const isBot = (owner: string): boolean => splitJid(owner).local === speakerLocalpart
  return {
    people: others
      .filter(owner => !isBot(owner))
      .flatMap(owner => orNull(() => parseUserAddress(owner)) ?? []),
    isForeign: others.some(isBot),
  }
}

function notOwned(): PluginError {
  return new PluginError(
    'context-refused',
    'there is no such room any more, or the speaker does not own it. Make the room again if it is gone, and the speaker an owner of it; it goes on by itself then.',
  )
}

function troubleOf(reason: unknown): PluginError {
  if (reason instanceof PluginError && ['context-refused', 'host-unreachable'].includes(reason.code))
    return reason
  return new PluginError(
    'context-refused',
    'the room does not let the speaker in. Take it off the list of those who are banned, and make it an owner again; it goes on by itself then.',
    { cause: reason },
  )
}
