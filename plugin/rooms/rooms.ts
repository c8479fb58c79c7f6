// What owners of rooms can do with them: lend them as contexts, say who listens and how fast they speak, and take them back.
import { PluginError } from '../errors.js'
import { parseDomain } from '../addresses.js'
import type { Mor } from '../mor/index.js'
import type { Federation } from '../pki/index.js'
import type { Clock, ContextAddress, Counters, Domain, Log, RoomInvitation } from '../ports.js'
import { profiles, type ProfileName } from '../profiles.js'
import { createNamedTurns } from '../turns.js'
import { ensureMay, isAdmin, type Asker } from './access.js'
import { longestInterval, mostAllowed, shortestInterval } from './bounds.js'
import { createInvitations } from './invitations.js'
import { createLentRoom, type LentRoom, type LentRoomOptions } from './lent-room.js'
import { loadRecords, saveRecord, type RoomRecord } from './record.js'
import { addedWords, serverRows, stateWords, statusWords } from './words.js'

export interface RoomsOptions extends LentRoomOptions {
  /** Of new rooms. */
  readonly profile: ProfileName
  readonly mor: () => Pick<Mor, 'lend' | 'heard' | 'contexts'>
  readonly federation: Pick<Federation, 'peers'>
  /** How many rooms there may be. */
  readonly most: number
  readonly clock: Clock
  readonly counters: Counters
  readonly log: Log
}

/**
 * Each resolves to what to answer, in words or rows of a table. @throws PluginError `command-invalid` for whoever may not do that,
 * and for what cannot be; `context-refused`, `host-unreachable`
 */
export interface Rooms {
  add(who: Asker, room: string): Promise<string>
  /** Rooms of the asker; all of them for an admin. */
  list(who: Asker): Promise<readonly (readonly string[])[]>
  status(who: Asker, room: string): Promise<string>
  servers(who: Asker, room: string): Promise<readonly (readonly string[])[]>
  allow(who: Asker, room: string, server: string): Promise<string>
  refuse(who: Asker, room: string, server: string): Promise<string>
  pace(who: Asker, room: string, profile: string, interval: string | undefined): Promise<string>
  pause(who: Asker, room: string): Promise<string>
  resume(who: Asker, room: string): Promise<string>
  close(who: Asker, room: string): Promise<string>
}

interface Shared extends RoomsOptions {
  readonly rooms: Map<ContextAddress, LentRoom>
  readonly inTurn: ReturnType<typeof createNamedTurns>
}

/** Takes commands and invitations from now on; `start` takes up the rooms that are lent already. */
export function createRooms(options: RoomsOptions): Rooms & { start(): Promise<void> } {
  const shared: Shared = { ...options, rooms: new Map(), inTurn: createNamedTurns() }
  const { link } = options
  const rooms: Rooms = {
    add: (who, text) => add(shared, who, link.parse(text)),
    list: who => list(shared, who),
    status: (who, text) => onRoom(shared, who, text, room => statusWords(room, shared.federation.peers())),
    servers: (who, text) => onRoom(shared, who, text, room => serverRows(room, shared.federation.peers())),
    allow: (who, text, server) => onRoom(shared, who, text, room => allow(shared, room, parseDomain(server))),
    refuse: (who, text, server) => onRoom(shared, who, text, room => refuse(room, parseDomain(server))),
    pace: (who, text, profile, interval) =>
      onRoom(shared, who, text, room => setPace(room, profile, interval)),
    pause: (who, text) => onRoom(shared, who, text, room => pause(room, true)),
    resume: (who, text) => onRoom(shared, who, text, room => pause(room, false)),
    close: (who, text) => onRoom(shared, who, text, room => close(shared, room)),
  }
  link.onInvited(
    createInvitations({ ...options, add: ({ room, user }: RoomInvitation) => add(shared, user, room) }),
  )
  return {
    ...rooms,
    async start() {
      for (const record of await loadRecords(options)) void take(shared, record).hold()
    },
  }
}

function take(shared: Shared, record: RoomRecord): LentRoom {
  const { rooms, inTurn, log } = shared
  const room = createLentRoom(shared, record, run => {
    inTurn(record.room, run).catch((error: unknown) => {
      log.error({ err: error }, 'A lent room could not be taken up as a context.')
    })
  })
  rooms.set(record.room, room)
  return room
}

// Everything about a room happens in turn, and after the room was asked anew who owns it.
async function onRoom<Answer>(
  shared: Shared,
  who: Asker,
  text: string,
  run: (room: LentRoom) => Promise<Answer> | Answer,
): Promise<Answer> {
  const address = shared.link.parse(text)
  await ensureMay(shared, who, address)
  return shared.inTurn(address, async () => {
    const room = shared.rooms.get(address)
    if (!room) throw new PluginError('command-invalid', 'The room is no context. Write "rooms add" first.')
    return run(room)
  })
}

async function add(shared: Shared, who: Asker, room: ContextAddress): Promise<string> {
  const owners = await ensureMay(shared, who, room)
  return shared.inTurn(room, async () => {
    const known = shared.rooms.get(room)
    if (known) return again(known)
    if (owners === null) throw notOwned(shared)
    ensureFree(shared, room, owners.isForeign)
    const { clock, link, profile } = shared
    const record: RoomRecord = {
      room,
      since: clock.now(),
      allowed: [],
      profile,
      interval: null,
      paused: false,
      before: await link.describe(room),
    }
    await saveRecord(shared, record)
    await begin(shared, record)
    return addedWords(room)
  })
}

// What is wrong may be good by now: its owner need not wait.
async function again({ record, trouble, retry, change }: LentRoom): Promise<string> {
  const { room } = record
  if (trouble === null) return `${room} is a context already; see "rooms status ${room}".`
  const reason = await retry()
  if (reason !== null) throw reason
  await change({})
  return `${room} is a context again; see "rooms status ${room}".`
}

// What does not become a context at once is given back: nothing is left half done.
async function begin(shared: Shared, record: RoomRecord): Promise<void> {
  const room = take(shared, record)
  const trouble = await room.hold()
  if (trouble === null) {
    await room.change({})
    return
  }
  shared.rooms.delete(record.room)
  await room.giveBack()
  throw trouble
}

function notOwned({ link }: Shared): PluginError {
  return new PluginError(
    'command-invalid',
    `There is no such room, or ${link.speaker} does not own it: make it an owner of the room, then write it again.`,
  )
}

function ensureFree({ mor, rooms, most }: Shared, room: ContextAddress, isForeign: boolean): void {
  const isHeard = mor()
    .heard()
    .some(({ context }) => context === room)
  if (isForeign || isHeard)
    throw new PluginError('command-invalid', 'The room is the context of another server.')
  if (
    mor()
      .contexts.map(({ address }) => address)
      .includes(room)
  )
    throw new PluginError('command-invalid', 'The room is a context that this server made for itself.')
  if (rooms.size >= most)
    throw new PluginError(
      'too-many-requests',
      `There are ${String(most)} rooms that are contexts here, and no more can be.`,
    )
}

async function list(shared: Shared, who: Asker): Promise<readonly (readonly string[])[]> {
  const rows: (readonly string[])[] = []
  for (const [address, room] of shared.rooms)
    if (isAdmin(shared, who) || (await owns(shared, who, address)))
      rows.push([address, stateWords(room), `servers that may listen: ${String(room.record.allowed.length)}`])
  return rows
}

async function owns({ link }: Shared, who: Asker, room: ContextAddress): Promise<boolean> {
  return (await link.owners(room))?.people.some(person => person === who) === true
}

async function allow(
  { domain, federation }: Shared,
  { record, lent, change }: LentRoom,
  server: Domain,
): Promise<string> {
  if (server === domain)
    throw new PluginError('command-invalid', 'This server speaks in the room; it does not listen there.')
  if (record.allowed.length >= mostAllowed)
    throw new PluginError('too-many-requests', `At most ${String(mostAllowed)} servers can listen in a room.`)
  await change({ allowed: [...record.allowed.filter(other => other !== server), server] })
  lent?.tell()
  const isPeer = federation.peers().some(peer => peer.domain === server)
  return `${server} may listen in ${record.room}.${isPeer ? '' : ' It is not federated with this server now: it can listen once it is.'}`
}

async function refuse({ record, lent, change }: LentRoom, server: Domain): Promise<string> {
  if (!record.allowed.includes(server))
    return `${server} may not listen in ${record.room}; nothing has changed.`
  await change({ allowed: record.allowed.filter(other => other !== server) })
  await lent?.refuse(server)
  return `${server} may not listen in ${record.room} any more; its bot is thrown out.`
}

async function setPace(
  { record, change }: LentRoom,
  profile: string,
  text: string | undefined,
): Promise<string> {
  if (!isProfile(profile))
    throw new PluginError('command-invalid', `Choose one of ${Object.keys(profiles).join(', ')}.`)
  const interval = text === undefined ? null : parseInterval(text)
  await change({ profile, interval })
  return `${record.room} speaks at the pace ${profile}, a cell every ${String(interval ?? profiles[profile].interval)} ms.`
}

function isProfile(text: string): text is ProfileName {
  return Object.hasOwn(profiles, text)
}

function parseInterval(text: string): number {
  const interval = /^[0-9]{1,4}$/.test(text) ? Number(text) : 0
  if (interval >= shortestInterval && interval <= longestInterval) return interval
  throw new PluginError(
    'command-invalid',
    `Write the time between cells in milliseconds, from ${String(shortestInterval)} to ${String(longestInterval)}.`,
  )
}

async function pause({ record, trouble, change }: LentRoom, paused: boolean): Promise<string> {
  await change({ paused })
  if (paused) return `${record.room} is paused: nothing is spoken in it until "rooms resume ${record.room}".`
  return trouble === null
    ? `${record.room} speaks again.`
    : `${record.room} speaks again when it is a context again. Now it is none: ${trouble}`
}

async function close({ rooms, link }: Shared, { record, giveBack }: LentRoom): Promise<string> {
  await giveBack()
  rooms.delete(record.room)
  return `${record.room} is no context any more. The room is yours alone again: ${link.speaker} has left it.`
}
