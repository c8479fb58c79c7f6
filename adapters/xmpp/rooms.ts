// Contexts over multi-user rooms: the Carrier port on the component link (XEP-0045).
import type { Element } from 'ltx'
import { PluginError } from '../../plugin/errors.js'
import type {
  Cancel,
  Carrier,
  ContextAddress,
  Hear,
  ListenerAddress,
  RoomLink,
  Voice,
} from '../../plugin/ports.js'
import { ensureBareAddress } from './jid.js'
import type { Link } from './link.js'
import { isForBot, listenerLocalpart, speakerLocalpart } from './parties.js'
import { isSubject, readFrame } from './rooms-frame.js'
import { isInvitation } from './rooms-invitations.js'
import { createLentRooms, isListener } from './rooms-lent.js'
import { destroyRoom, membersOf, ownRoomStay, refusalOf, setMembers } from './rooms-own.js'
import type { Affiliation, OwnRoom } from './rooms-own.js'
import { cellMessage, splitAddress } from './rooms-stanzas.js'
import { stayInRoom } from './rooms-stay.js'
import type { RoomPorts, Stay } from './rooms-stay.js'
import { StanzaRefused } from './stanza-errors.js'
import { attribute } from './xml.js'

export interface RoomOptions extends Omit<RoomPorts, 'link'> {
  /** Domain of the host's room service, e.g. `conference.a.example`. */
  readonly roomService: string
  /** Whose users are local. */
  readonly hostDomain: string
}

/** The carrier, and the rooms that people lend it. */
export interface Rooms extends Carrier {
  readonly lent: RoomLink
}

interface OpenRoom extends OwnRoom {
  readonly opened: Promise<ContextAddress>
  readonly stay: Stay
}

interface HeardRoom {
  readonly stay: Stay
  readonly hearers: Set<Hear>
}

type Stays = ReadonlyMap<string, { readonly stay: Stay }>

// A fixed resource: with a random one per start, rooms would list the stays of earlier starts as well.
const resource = 'p3do'

/** Made once by the composition root, before the link starts. */
export function createRooms(link: Link, options: RoomOptions): Rooms {
  const ports: RoomPorts = { ...options, link }
  const speaker = `${speakerLocalpart}@${link.domain}/${resource}`
  const listener = `${listenerLocalpart}@${link.domain}`
  const open = new Map<string, OpenRoom>()
  const heard = new Map<string, HeardRoom>()
  const own = (context: ContextAddress) => ownOf(open, context)
  routeStanzas(
    ports,
    new Map<string, Stays>([
      [speaker, open],
      [`${listener}/${resource}`, heard],
    ]),
  )

  async function change(context: ContextAddress, jid: ListenerAddress, affiliation: Affiliation) {
    const room = own(context)
    ensureBareAddress(jid)
    // A peer could name an owner, who would be one no more.
    if (room.isLent && !isListener(jid)) throw noListener()
    room.members.set(jid, affiliation)
    try {
      await setMembers(ports, room, [[jid, affiliation]])
    } catch (error) {
      // While the room is lost this fails, and settling in it again does it.
      if (room.stay.isIn()) throw error
    }
  }

  return {
    lent: createLentRooms(ports, { ...options, bot: speaker, open }),
    listener: listener as ListenerAddress,
    open: async name => {
      const room = `${ensureName(name)}@${options.roomService}`
      if (!open.has(room)) openRoom(ports, open, { room, bot: speaker, members: new Map(), isLent: false })
      return own(room as ContextAddress).opened
    },
    admit: (context, jid) => change(context, jid, 'member'),
    expel: (context, jid) => change(context, jid, 'none'),
    admitted: async context => {
      const room = own(context)
      const members = (await membersOf(ports, room)) as ListenerAddress[]
      // People who were members before a room was lent stay.
      return room.isLent ? members.filter(isListener) : members
    },
    speak: (context, frame) => own(context).stay.isIn() && link.send(cellMessage(speaker, context, frame)),
    voice: context => own(context).stay.nick(),
    listen: (context, hear) =>
      hearRoom(ports, heard, ensureBareAddress(context), `${listener}/${resource}`, hear),
    close: async context => {
      const room = own(context)
      open.delete(context)
      try {
        await destroyRoom(ports, room)
      } finally {
        room.stay.leave()
      }
    },
  }
}

// Both bots' stays, by the bot's address and then by the room's.
function routeStanzas({ link, counters }: RoomPorts, stays: ReadonlyMap<string, Stays>): void {
  link.onStanza(stanza => {
    const { bare } = splitAddress(attribute(stanza, 'from') ?? '')
    const room = stays.get(attribute(stanza, 'to') ?? '')?.get(bare)
    if (room) room.stay.receive(stanza)
    else if (isForBot(stanza) && !isInvitation(stanza)) counters.count('room-stanza-dropped')
  })
  const all = () => [...stays.values()].flatMap(rooms => [...rooms.values()].map(({ stay }) => stay))
  link.onOnline(() => {
    for (const stay of all()) stay.online()
  })
  link.onOffline(() => {
    for (const stay of all()) stay.offline()
  })
}

function noListener(): PluginError {
  return new PluginError('bad-format', 'A peer wanted somebody let into a room who is no listener.')
}

function ensureName(name: string): string {
  if (/^[a-z0-9]{1,64}$/.test(name)) return name
  throw new PluginError('internal', 'A context is named by up to 64 lower-case letters and digits.')
}

function ownOf(open: ReadonlyMap<string, OpenRoom>, context: ContextAddress): OpenRoom {
  const room = open.get(context)
  if (!room) throw new PluginError('internal', 'This context is not open here.')
  return room
}

// A listener that came before us has the room locked until it gives it up, in a moment (XEP-0045 s10.1.2).
const triesOfLocked = 5

function isLocked(reason: unknown): boolean {
  return reason instanceof StanzaRefused && reason.condition === 'item-not-found'
}

// The first stay decides, unless the room is locked; later ones, after a loss, are tried until the room is ours again.
function openRoom(ports: RoomPorts, open: Map<string, OpenRoom>, own: OwnRoom): void {
  let opening = true
  let tries = 0
  let resolve: (context: ContextAddress) => void
  let reject: (reason: Error) => void
  const opened = new Promise<ContextAddress>((...settle) => {
    ;[resolve, reject] = settle
  })
  const entered = () => {
    opening = false
    resolve(own.room as ContextAddress)
  }
  const failed = (reason: unknown) => {
    if (!opening) {
      ports.log.warn({ error: refusalOf(reason) }, 'An own context is lost; trying again.')
      return
    }
    if (!ports.link.online || (isLocked(reason) && ++tries < triesOfLocked)) return
    open.delete(own.room)
    stay.leave()
    reject(refusalOf(reason))
  }
  const stay = stayInRoom(ports, { ...ownRoomStay(ports, own), entered, failed })
  open.set(own.room, { ...own, opened, stay })
}

function hearRoom(
  ports: RoomPorts,
  heard: Map<string, HeardRoom>,
  room: string,
  bot: string,
  hear: Hear,
): Cancel {
  const known = heard.get(room) ?? startHearing(ports, room, bot)
  heard.set(room, known)
  // A function of its own, so that the same one given twice counts twice.
  const hearer: Hear = (frame, voice) => {
    hear(frame, voice)
  }
  known.hearers.add(hearer)
  return () => {
    if (!known.hearers.delete(hearer) || known.hearers.size > 0) return
    known.stay.leave()
    heard.delete(room)
  }
}

function startHearing(ports: RoomPorts, room: string, bot: string): HeardRoom {
  const hearers = new Set<Hear>()
  const message = (stanza: Element, voice: Voice | null) => {
    const frame = voice && attribute(stanza, 'type') === 'groupchat' ? readFrame(stanza) : null
    if (voice && frame !== null) for (const hear of [...hearers]) hear(frame, voice)
    else if (!isSubject(stanza)) ports.counters.count('room-stanza-dropped')
  }
  return { hearers, stay: stayInRoom(ports, { room, bot, message }) }
}
