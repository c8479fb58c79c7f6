// A room of our own as a context: made, closed to all but members, silent for all but its speaker, and checked
// (XEP-0045 s10).
import { PluginError } from '../../plugin/errors.js'
import type { Element } from 'ltx'
import { contextValues, formAnswer, formRequest, keepsNothing, temporary } from './rooms-form.js'
import { isSubject } from './rooms-frame.js'
import { adminIq, destroyIq, mucAdmin, splitAddress } from './rooms-stanzas.js'
import type { RoomValues } from './rooms-form.js'
import type { AdminItem, Occupant } from './rooms-stanzas.js'
import type { RoomPorts, StayOptions } from './rooms-stay.js'
import { StanzaRefused } from './stanza-errors.js'
import { attribute, childElements, xml } from './xml.js'

const discoInfo = 'http://jabber.org/protocol/disco#info'
// XEP-0045 s15.3
const features = ['muc_hidden', 'muc_membersonly', 'muc_moderated', 'muc_persistent', 'muc_semianonymous']

/** `member` is let in, `none` is thrown out. */
export type Affiliation = 'member' | 'none'

export interface OwnRoom {
  readonly room: string
  readonly bot: string
  /** Who was let in or thrown out; kept for the day when the host has lost the room. */
  readonly members: Map<string, Affiliation>
  /** People own it, too, who lend it. */
  readonly isLent: boolean
}

/** How the speaker's bot settles in its own room, first and after every loss. */
export function ownRoomStay(ports: RoomPorts, own: OwnRoom): StayOptions {
  return {
    room: own.room,
    bot: own.bot,
    settle: self => settleOwnRoom(ports, own, self),
    other: occupant => {
      if (occupant.present && occupant.role === 'participant') void silence(ports, own, occupant.nick)
    },
    // A speaker listens to nobody: not to private messages, invitations, requests for a voice.
    message: message => {
      if (!isSubject(message)) ports.counters.count('room-stanza-dropped')
    },
  }
}

/** How it settles in a room that people lend, who own it beside the bot. */
export function lentRoomStay(ports: RoomPorts, own: OwnRoom): StayOptions {
  return { ...ownRoomStay(ports, own), settle: self => settleLentRoom(ports, own, self), renamed: true }
}

/** Sets who is let in; whoever loses that is thrown out by the room (XEP-0045 s9.4). */
export async function setMembers(
  { link }: RoomPorts,
  own: OwnRoom,
  members: Iterable<readonly [string, Affiliation]>,
): Promise<void> {
  for (const [jid, affiliation] of members) {
    await link.request(adminIq('set', own.bot, own.room, [{ jid, affiliation }]))
  }
}

/** Who is let in (XEP-0045 s9.5). */
export async function membersOf({ link }: RoomPorts, own: OwnRoom): Promise<string[]> {
  const answer = await link.request(adminIq('get', own.bot, own.room, [{ affiliation: 'member' }]))
  return items(answer).flatMap(({ jid }) => jid ?? [])
}

/** Ends the room, so that one of the same name can be opened again. */
export async function destroyRoom(ports: RoomPorts, own: OwnRoom): Promise<void> {
  await configure(ports, own, temporary)
  await ports.link.request(destroyIq(own.bot, own.room))
}

/** Sets those of the values that the room knows. */
export async function configure(ports: RoomPorts, own: OwnRoom, values: RoomValues): Promise<void> {
  const form = await formOf(ports, own)
  await ports.link.request(formAnswer(own.bot, own.room, form, values))
}

/** The room's form as it is. */
export function formOf({ link }: RoomPorts, own: OwnRoom): Promise<Element> {
  return link.request(formRequest(own.bot, own.room))
}

/** Bare addresses of who owns the room; `null` where it does not tell the bot. @throws PluginError `host-unreachable` */
export async function ownersOf({ link }: RoomPorts, own: OwnRoom): Promise<string[] | null> {
  try {
    const answer = await link.request(adminIq('get', own.bot, own.room, [{ affiliation: 'owner' }]))
    return items(answer).flatMap(({ jid }) => jid ?? [])
  } catch (error) {
    if (error instanceof StanzaRefused && !unanswered.includes(error.condition)) return null
    throw new PluginError('host-unreachable', 'The room service does not answer. Try again in a moment.', {
      cause: error,
    })
  }
}

const unanswered = ['remote-server-not-found', 'remote-server-timeout', 'resource-constraint']

/** The bot owns the room no more. */
export async function resign({ link }: RoomPorts, own: OwnRoom): Promise<void> {
  const { bare } = splitAddress(own.bot)
  await link.request(adminIq('set', own.bot, own.room, [{ jid: bare, affiliation: 'none' }]))
}

async function settleOwnRoom(ports: RoomPorts, own: OwnRoom, self: Occupant): Promise<void> {
  try {
    const isOurs = self.affiliation === 'owner' && self.role === 'moderator'
    if (!isOurs) throw refused(own, 'it belongs to somebody else')
    await configure(ports, own, contextValues)
    await ensureClosed(ports, own)
    await ensureAlone(ports, own, self.nick)
    await setMembers(ports, own, own.members)
  } catch (error) {
    if (self.created) await destroyRoom(ports, own).catch(() => ports.counters.count('room-not-destroyed'))
    throw error
  }
}

async function settleLentRoom(ports: RoomPorts, own: OwnRoom, self: Occupant): Promise<void> {
  if (self.created) {
    await destroyRoom(ports, own)
    throw refused(own, 'there is no such room any more')
  }
  if (self.affiliation !== 'owner' || self.role !== 'moderator')
    throw refused(own, 'the speaker does not own it')
  await configure(ports, own, contextValues)
  await ensureClosed(ports, own)
  await ensureSilent(ports, own, self.nick)
  await setMembers(ports, own, own.members)
}

async function ensureClosed({ link }: RoomPorts, own: OwnRoom): Promise<void> {
  const iq = xml('iq', { type: 'get', from: own.bot, to: own.room }, xml('query', { xmlns: discoInfo }))
  const info = (await link.request(iq)).getChild('query', discoInfo)
  const shown = new Set((info ? childElements(info) : []).map(child => attribute(child, 'var')))
  const lacking = features.filter(feature => !shown.has(feature))
  if (lacking.length > 0) throw refused(own, `it does not show ${lacking.join(', ')}`)
  const form = await link.request(formRequest(own.bot, own.room))
  if (!keepsNothing(form)) throw refused(own, 'it keeps what is said')
}

// Whoever may speak besides us could forge cells; whoever owns the room could let others in.
async function ensureAlone(ports: RoomPorts, own: OwnRoom, nick: string): Promise<void> {
  await silenceAll(ports, own, nick)
  const others = async (item: AdminItem) => (await askItems(ports, own, item)).filter(isOther(own, nick))
  const voices = [...(await others({ role: 'participant' })), ...(await others({ role: 'moderator' }))]
  if (voices.length > 0) throw refused(own, 'somebody else has a voice in it')
  const owners = [...(await others({ affiliation: 'owner' })), ...(await others({ affiliation: 'admin' }))]
  if (owners.length > 0) throw refused(own, 'it has other owners or administrators')
}

// Owners and administrators keep their voice, which no room lets us take.
async function ensureSilent(ports: RoomPorts, own: OwnRoom, nick: string): Promise<void> {
  await silenceAll(ports, own, nick)
  const voices = (await askItems(ports, own, { role: 'participant' })).filter(isOther(own, nick))
  if (voices.length > 0) throw refused(own, 'somebody else has a voice in it')
}

async function silenceAll(ports: RoomPorts, own: OwnRoom, nick: string): Promise<void> {
  const voices = (await askItems(ports, own, { role: 'participant' })).filter(isOther(own, nick))
  for (const { nick: name } of voices) if (name !== undefined) await ports.link.request(silencing(own, name))
}

interface AdminEntry {
  readonly nick: string | undefined
  readonly jid: string | undefined
}

async function askItems(ports: RoomPorts, own: OwnRoom, item: AdminItem): Promise<AdminEntry[]> {
  return items(await ports.link.request(adminIq('get', own.bot, own.room, [item])))
}

function isOther(own: OwnRoom, nick: string): (entry: AdminEntry) => boolean {
  return ({ jid = '', nick: name }) => name !== nick && !isBot(jid, own.bot)
}

function items(answer: Element): AdminEntry[] {
  const query = answer.getChild('query', mucAdmin)
  const found = query ? childElements(query).filter(child => child.name === 'item') : []
  return found.map(item => ({ nick: attribute(item, 'nick'), jid: attribute(item, 'jid') }))
}

function isBot(jid: string, bot: string): boolean {
  return jid !== '' && (jid === bot || bot.startsWith(`${jid}/`))
}

function silencing(own: OwnRoom, nick: string): Element {
  return adminIq('set', own.bot, own.room, [{ nick, role: 'visitor' }])
}

// Prosody gives members a voice when they come, whatever the form says; XEP-0045 s8.4 takes it.
async function silence({ link, counters, log }: RoomPorts, own: OwnRoom, nick: string): Promise<void> {
  try {
    await link.request(silencing(own, nick))
    counters.count('room-silenced')
  } catch (error) {
    counters.count('room-not-silenced')
    log.warn({ error }, 'A listener came with a voice, and the room did not let us take it.')
  }
}

function refused({ isLent }: Pick<OwnRoom, 'isLent'>, why: string, cause?: unknown): PluginError {
  const text = isLent
    ? `the chat server does not make of the room what a context needs: ${why}. Mend that and write "rooms add" and its address, or lend another room.`
    : `The host does not grant the room that a context needs: ${why}; let this component create rooms on the host's room service, and remove the room if it is somebody else's; where only users may create rooms, set mor.contexts to 0 and let one of them lend a room (docs/room-admins.md).`
  return new PluginError('context-refused', text, { cause })
}

/** What `open` rejects with where the room could not even be entered. */
export function refusalOf(reason: unknown): PluginError {
  if (reason instanceof PluginError && reason.code === 'context-refused') return reason
  return refused(
    { isLent: false },
    reason instanceof StanzaRefused ? `it answers ${reason.condition}` : 'it does not answer',
    reason,
  )
}
