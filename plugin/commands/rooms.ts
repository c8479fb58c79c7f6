// Rooms that their owners lend as contexts. Who may do what is judged by the rooms themselves.
import { sharedCommands, type Caller, type Command, type Family } from './command.js'
import { listed } from './listing.js'

const room = { room: "The room's address" }

export const roomsFamily = {
  word: 'rooms',
  help: 'rooms of users that are contexts',
  commands: {
    list: {
      usage: '',
      title: 'My rooms that are contexts',
      help: 'the rooms of yours that are contexts',
    },
    add: {
      usage: '<room>',
      title: 'Make a context of my room',
      labels: room,
      help: '"rooms add ops@conference.a.example" makes a context of a room that you own, once the speaker is an owner of it, too',
      warning:
        'The room becomes silent, hidden and for members alone: nobody can chat in it while it is a context.',
    },
    status: {
      usage: '<room>',
      title: 'How my room is',
      labels: room,
      help: 'whether a room of yours speaks, how fast, and who listens',
    },
    servers: {
      usage: '<room>',
      title: 'Servers that may listen in my room',
      labels: room,
      help: 'which servers may listen in a room of yours, and whether they do',
    },
    allow: {
      usage: '<room> <server>',
      title: 'Let a server listen in my room',
      labels: room,
      help: '"rooms allow ops@conference.a.example b.example" lets that server listen, as long as it is federated with this one',
    },
    refuse: {
      usage: '<room> <server>',
      title: 'Let a server listen no more',
      labels: room,
      help: 'throws a server out of a room of yours',
    },
    pace: {
      usage: '<room> <fast|default|paranoid> [milliseconds]',
      title: 'How fast my room speaks',
      labels: {
        ...room,
        'fast|default|paranoid': 'Pace',
        milliseconds: 'Another time between cells, in milliseconds',
      },
      help: 'how fast a room of yours speaks: a profile, and another time between cells if you like',
    },
    pause: {
      usage: '<room>',
      title: 'Pause my room',
      labels: room,
      help: 'nothing is spoken in a room of yours until "rooms resume"',
    },
    resume: { usage: '<room>', title: 'Go on with my room', labels: room, help: 'ends a pause' },
    close: {
      usage: '<room>',
      title: 'Make my room an ordinary room again',
      labels: room,
      help: 'a room of yours is no context any more, and what it was before; the speaker leaves it',
      warning: 'Nothing is spoken in the room any more, and who may listen is forgotten.',
    },
  },
} as const satisfies Family

type Rows = readonly (readonly string[])[]

/** Each answers in words, or rows of a table. @throws PluginError for whoever may not do that, and for what cannot be */
export interface RoomPorts {
  readonly list: (who: Caller) => Promise<Rows>
  readonly add: (who: Caller, room: string) => Promise<string>
  readonly status: (who: Caller, room: string) => Promise<string>
  readonly servers: (who: Caller, room: string) => Promise<Rows>
  readonly allow: (who: Caller, room: string, server: string) => Promise<string>
  readonly refuse: (who: Caller, room: string, server: string) => Promise<string>
  readonly pace: (who: Caller, room: string, profile: string, interval: string | undefined) => Promise<string>
  readonly pause: (who: Caller, room: string) => Promise<string>
  readonly resume: (who: Caller, room: string) => Promise<string>
  readonly close: (who: Caller, room: string) => Promise<string>
}

export function roomCommands(rooms: RoomPorts): Command[] {
  return sharedCommands(roomsFamily, {
    list: async who =>
      listed('No room of yours is a context.', ['Room', 'State', 'Listeners'], await rooms.list(who)),
    add: (who, [address = '']) => rooms.add(who, address),
    status: (who, [address = '']) => rooms.status(who, address),
    servers: async (who, [address = '']) =>
      listed('No server may listen in this room.', ['Server', 'State'], await rooms.servers(who, address)),
    allow: (who, [address = '', server = '']) => rooms.allow(who, address, server),
    refuse: (who, [address = '', server = '']) => rooms.refuse(who, address, server),
    pace: (who, [address = '', profile = '', interval]) => rooms.pace(who, address, profile, interval),
    pause: (who, [address = '']) => rooms.pause(who, address),
    resume: (who, [address = '']) => rooms.resume(who, address),
    close: (who, [address = '']) => rooms.close(who, address),
  })
}
