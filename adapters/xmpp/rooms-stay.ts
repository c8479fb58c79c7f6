// One bot's stay in one room: joins, and joins again whenever the stay ends (XEP-0045 s7).
import type { Element } from 'ltx'
import { PluginError } from '../../plugin/errors.js'
import type { Cancel, Clock, Counters, Log, Random, Voice } from '../../plugin/ports.js'
import { backoff } from './backoff.js'
import type { Link } from './link.js'
import { joinPresence, leavePresence, parseOccupant, splitAddress } from './rooms-stanzas.js'
import type { Occupant } from './rooms-stanzas.js'
import { askStanding, createWatch } from './rooms-watch.js'
import type { Watch } from './rooms-watch.js'
import { parseStanzaError, StanzaRefused } from './stanza-errors.js'
import { attribute } from './xml.js'

export interface RoomPorts {
  readonly link: Link
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly counters: Counters
}

export interface StayOptions {
  /** Bare address of the room, full address of the bot. */
  readonly room: string
  readonly bot: string
  /** It comes under another nick each time, which nobody can have taken before; else under the same one. */
  renamed?: boolean
  /** Runs before each join; what it throws ends the attempt, and nothing is sent to the room. */
  ready?(): Promise<void>
  /** For an owner: runs after each join; the bot counts as in once it resolves. What it throws ends this stay. */
  settle?(self: Occupant): Promise<void>
  /** Called whenever the bot is in. */
  entered?(): void
  /** Called whenever a stay could not begin; it is tried again later. */
  failed?(reason: unknown): void
  /** Someone else came or changed. */
  other?(occupant: Occupant): void
  /** A message from the room; `voice` is of whom the room showed to be an owner who may speak, and `null` of others. */
  message?(message: Element, voice: Voice | null): void
}

export interface Stay {
  isIn(): boolean
  /** The bot's nick while it is in. */
  nick(): string | null
  /** Takes every stanza from the room to the bot. */
  receive(stanza: Element): void
  /** The link is online again, or no more: until it is, nothing is tried. */
  online(): void
  offline(): void
  /** Joins at once where it waits for the time to. */
  hurry(): void
  /** Leaves for good. */
  leave(): void
}

interface State {
  readonly ports: RoomPorts
  readonly options: StayOptions
  nick: string
  /** By nick: since when the room shows them, on the steady clock. */
  readonly speakers: Map<string, number>
  readonly watch: Watch
  /** `gone`: thrown out while settling, which then fails with its own reason. */
  phase: 'out' | 'joining' | 'settling' | 'gone' | 'in' | 'left'
  /** Id of the last join; what belongs to an older one does nothing. */
  id: string
  /** In a row; a stay of some length ends the row. */
  failures: number
  since: number
  timer: Cancel
}

// Of what was on its way when a link between servers broke nobody hears; a slow server gets more time the next time.
const [answerWithin, answerWithinLater] = [10_000, 30_000]
const settleWithin = 120_000
const spread = 1000
const longStay = 10_000
// A context has one speaker, and a room that is lent some owners; more are no reason to fill the memory.
const mostSpeakers = 64
// After these only somebody's decision helps, and that may take long.
const patience = ['registration-required', 'forbidden', 'not-allowed']
const slowdown = 3

/** Joins as soon as the link is online, and stays until `leave`. The nick is random. */
export function stayInRoom(ports: RoomPorts, options: StayOptions): Stay {
  const ask = () => askStanding(ports.link, options.bot, occupantOf(state))
  const watch = createWatch(ports, ask, {
    out() {
      lost(state, 'The room does not list the bot any more.')
    },
    deaf: () => !options.settle && joinAnew(state),
  })
  const fresh = { phase: 'out' as const, id: '', failures: 0, since: 0, timer: () => undefined }
  const state: State = { ports, options, nick: newNick(ports), speakers: new Map(), watch, ...fresh }
  if (ports.link.online) join(state)
  return {
    isIn: () => state.phase === 'in',
    nick: () => (state.phase === 'in' ? state.nick : null),
    receive: stanza => {
      if (state.phase === 'left') return
      if (stanza.name === 'presence') present(state, stanza)
      else said(state, stanza)
    },
    online: () => {
      const delay = ports.random.below(spread)
      if (state.phase === 'in') watch.lookIn(delay)
      else if (state.phase !== 'left') joinIn(state, delay)
    },
    offline: () => {
      if (state.phase === 'in') watch.stop()
      else if (state.phase !== 'left') rest(state, 'out')
    },
    hurry: () => {
      if (state.phase === 'out') join(state)
    },
    leave: () => {
      rest(state, 'left')
      ports.link.send(leavePresence(options.bot, occupantOf(state)))
    },
  }
}

function newNick({ random }: RoomPorts): string {
  return random.octets(8).toString('hex')
}

function occupantOf({ options, nick }: State): string {
  return `${options.room}/${nick}`
}

function rest(state: State, phase: 'out' | 'left'): void {
  state.timer()
  state.watch.stop()
  state.phase = phase
}

function later(state: State, delay: number, run: () => void): void {
  state.timer()
  state.timer = state.ports.clock.after(delay, run)
}

function joinIn(state: State, delay: number): void {
  rest(state, 'out')
  later(state, delay, () => {
    join(state)
  })
}

function join(state: State): void {
  const { ports, options } = state
  rest(state, 'out')
  if (!ports.link.online) return
  state.phase = 'joining'
  state.id = ports.random.octets(8).toString('hex')
  if (options.renamed === true) state.nick = newNick(ports)
  state.speakers.clear()
  if (options.ready) void enterWhenReady(state, state.id, options.ready)
  else enter(state)
  later(state, state.failures === 0 ? answerWithin : answerWithinLater, () => {
    failed(state, unanswered())
  })
}

async function enterWhenReady(state: State, id: string, ready: () => Promise<void>): Promise<void> {
  const reason = await ready().then(
    () => null,
    (error: unknown) => error,
  )
  if (state.phase !== 'joining' || state.id !== id) return
  if (reason === null) enter(state)
  else failed(state, reason)
}

function enter(state: State): void {
  const { ports, options, id } = state
  const occupant = occupantOf(state)
  // XEP-0045 s7.6: a room that still lists an earlier stay may take a join for a change of nick, and not show who is there.
  ports.link.send(leavePresence(options.bot, occupant))
  ports.link.send(joinPresence(options.bot, occupant, id))
}

function unanswered(): PluginError {
  return new PluginError('host-unreachable', 'The room service did not answer.')
}

function failed(state: State, reason: unknown): void {
  const { ports, options } = state
  rest(state, 'out')
  const isSlow = reason instanceof StanzaRefused && patience.includes(reason.condition)
  ports.counters.count(isSlow ? 'room-join-refused' : 'room-join-failed')
  joinIn(state, backoff(state.failures++, ports.random) * (isSlow ? slowdown : 1))
  options.failed?.(reason)
}

function lost(state: State, why: string): void {
  const { clock, counters, log, random } = state.ports
  counters.count('room-lost')
  log.info({}, why)
  if (clock.now() - state.since > longStay) state.failures = 0
  joinIn(state, backoff(state.failures++, random))
}

function joinAnew(state: State): boolean {
  const { counters, log } = state.ports
  counters.count('room-deaf')
  log.info({}, 'The room lists the bot, and its speaker is not heard; joining anew.')
  join(state)
  return true
}

// XEP-0045 s7.2.2; s8.2, s9.1, s10.9 for kick, ban and the room's end.
function present(state: State, presence: Element): void {
  const { options } = state
  const isError = attribute(presence, 'type') === 'error'
  // The error to a leave has no such id.
  const isRefusal = isError && state.phase === 'joining' && attribute(presence, 'id') === state.id
  if (isRefusal) failed(state, parseStanzaError(presence))
  if (isError) return
  const who = parseOccupant(presence)
  if (who.nick !== state.nick) otherPresent(state, who)
  else if (who.present && who.self && state.phase === 'joining') void settle(state, who)
  else if (!who.present && state.phase === 'settling') state.phase = 'gone'
  else if (!who.present && state.phase === 'in') lost(state, 'The room threw the bot out.')
  else if (state.phase === 'in' && options.settle && !isSpeaker(who)) {
    // Settling again finds out whether the room can still be a context.
    lost(state, 'The room took the voice of its speaker.')
  }
}

// Listeners hear no other.
function isSpeaker({ role, affiliation }: Occupant): boolean {
  return role === 'moderator' && affiliation === 'owner'
}

function otherPresent(state: State, who: Occupant): void {
  const { speakers, ports } = state
  if (!who.present || !isSpeaker(who)) speakers.delete(who.nick)
  else if (!speakers.has(who.nick) && speakers.size < mostSpeakers)
    speakers.set(who.nick, ports.clock.steady())
  state.options.other?.(who)
}

async function settle(state: State, self: Occupant): Promise<void> {
  const { id } = state
  state.phase = 'settling'
  later(state, settleWithin, () => {
    failed(state, unanswered())
  })
  const reason = await settled(state.options, self).then(
    () => null,
    (error: unknown) => error,
  )
  if (!isSettling(state, id)) return
  if (reason === null && !isGone(state)) {
    entered(state)
    return
  }
  state.ports.link.send(leavePresence(state.options.bot, occupantOf(state)))
  failed(state, reason ?? new PluginError('host-unreachable', 'The room threw the bot out at once.'))
}

// To join a room that does not exist is to make it (XEP-0045 s10.1.1). Only its owner may; a listener that came first
// gives it up by leaving, before the owner finds it taken.
async function settled({ settle }: StayOptions, self: Occupant): Promise<void> {
  if (settle) await settle(self)
  else if (self.created) throw new PluginError('context-refused', 'The room does not exist yet.')
}

function isGone({ phase }: State): boolean {
  return phase === 'gone'
}

function isSettling(state: State, id: string): boolean {
  return (state.phase === 'settling' || isGone(state)) && state.id === id
}

function entered(state: State): void {
  state.timer()
  state.phase = 'in'
  state.since = state.ports.clock.now()
  state.ports.counters.count('room-joined')
  state.watch.start()
  state.options.entered?.()
}

function said(state: State, message: Element): void {
  if (state.phase !== 'in') return
  // Our own words come back where the room no longer knows us.
  if (attribute(message, 'type') === 'error') {
    state.watch.lookIn(spread)
    return
  }
  const { resource: name } = splitAddress(attribute(message, 'from') ?? '')
  const [isOwn, since] = [name === state.nick, state.speakers.get(name)]
  if (isOwn || since !== undefined) state.watch.heard()
  if (!isOwn) state.options.message?.(message, since === undefined ? null : { name, since })
}
