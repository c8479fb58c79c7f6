// Takes in what arrives: parts are kept, put together, shown once and in order, and acknowledged (PROTO s6.3).
import { PluginError, type ErrorCode } from '../errors.js'
import type {
  Ask,
  Cancel,
  Clock,
  Counters,
  DeliveryStore,
  Domain,
  IncomingState,
  Log,
  Trace,
  UserAddress,
} from '../ports.js'
import { homeOf } from '../addresses.js'
import type { Sealer } from '../sealer.js'
import { createNamedTurns } from '../turns.js'
import {
  atFirst,
  awaitingKey,
  goBehind,
  nameOf,
  release,
  stateFor,
  type Done,
  type Handed,
  type HeldPart,
  type Receiving,
} from './conversation-state.js'
import { completeMessage, sealPart, type IncomingMessage } from './incoming-part.js'
import { shownId } from './label.js'
import type { Parcel, ReplyTo } from './parcel.js'
import type { Outcome } from './reply.js'

/** A message between two users, opaque here. */
export interface Mail {
  readonly sender: UserAddress
  readonly recipient: UserAddress
  readonly payload: Buffer
  /** A message, or marks of messages, which nobody reads. */
  readonly kind: 'message' | 'mark'
  /** What it is called for the recipient's client, and the message that it corrects. */
  readonly id: string
  readonly replaces: string | null
  /** Names the message, the same whenever it is shown again after a failure. */
  readonly once: string
  readonly asks: readonly Ask[]
}

/** Shows what was opened; resolves when the host has it. @throws PluginError */
export type HandOver = () => Promise<void>

export interface ReceiverOptions {
  readonly store: DeliveryStore
  readonly sealer: Sealer
  /**
   * Opens mail whose sender is sure.
   * @throws PluginError when nothing of it may be shown; `peer-unreachable` while it may be later, as soon as the sender's
   * server answers
   */
  readonly open: (mail: Mail) => Promise<HandOver>
  /** See `UserLink`. */
  readonly dropsRepeats: () => Promise<boolean>
  /** Sends an acknowledgement; never throws. */
  readonly acknowledge: (parcel: Acknowledged, outcome: Outcome) => Promise<void>
  readonly clock: Clock
  readonly counters: Counters
  readonly trace: Trace
  readonly log: Log
}

/** Whom an acknowledgement is from and where it goes. */
export interface Acknowledged {
  readonly sender: UserAddress
  readonly recipient: UserAddress
  readonly reply: ReplyTo
  /** The server that vouched, and waits for it. */
  readonly server: Domain
}

/** A parcel, and the server that vouched for it: its sender's home, or the one that he visits. */
export interface VouchedParcel extends Parcel {
  readonly server: Domain
}

export interface Receiver {
  /** Takes a parcel whose voucher is valid. */
  receive(parcel: VouchedParcel): Promise<void>
  /**
   * Shows nothing more of a conversation, which goes on elsewhere, and gives where it ended. `null`: not yet, because nobody
   * knows whether the host has shown a message.
   */
  close(name: Buffer): Promise<Handed | null>
  /** Goes on where the server ended that the recipient visited. Never backwards. */
  takeOver(name: Buffer, handed: Handed): Promise<void>
  /** Goes on with what an earlier start left. */
  start(): Promise<void>
  /** Parts that came in since the start and are not shown yet. */
  readonly kept: number
  stop(): void
}

/** How far ahead of the next message one is kept; senders have fewer on their way. */
const farthestAhead = 64
/** A server can fill no more than this, 4 MB. */
const mostHeld = 4096
const retryAfter = 5000
// What a server that does not answer has to say of its user; each attempt waits for it, too.
const retryUnknownAfter = 30_000
const beyondAll = 2 ** 32
// What is missing comes, or a skip does, as long as its sender lives; after this, nothing of it comes any more.
const patience = 8 * 86_400_000

export function createReceiver(options: ReceiverOptions): Receiver {
  const inTurn = createNamedTurns()
  const timers = new Map<string, Cancel>()
  const receiving: Receiving = {
    ...options,
    awaiting: new Map(),
    held: new Map(),
    timers,
    handed: new Map(),
    again(name, delay, run) {
      const key = name.toString('hex')
      if (timers.has(key)) return
      const cancel = options.clock.after(delay, () => {
        timers.delete(key)
        void inTurn(key, run).catch((error: unknown) => {
          if (isNoRoom(error)) return
          options.log.error({ err: error }, 'Kept messages could not be shown; they are tried again.')
        })
      })
      timers.set(key, cancel)
    },
  }
  return {
    receive(parcel) {
      const name = incomingName(options.sealer, parcel)
      return inTurn(name.toString('hex'), () => take(receiving, name, parcel))
    },
    close: name => inTurn(name.toString('hex'), () => close(receiving, name)),
    takeOver: (name, handed) => inTurn(name.toString('hex'), () => takeOver(receiving, name, handed)),
    async start() {
      for (const name of await options.store.listIncoming())
        await inTurn(name.toString('hex'), () => goOn(receiving, name))
    },
    get kept() {
      return [...receiving.held.values()].reduce((sum, { size }) => sum + size, 0)
    },
    stop() {
      for (const cancel of timers.values()) cancel()
    },
  }
}

/** The name here of a conversation that comes in. Another server that vouches for the same sender has others. */
export function incomingName(
  sealer: Pick<Sealer, 'name'>,
  {
    sender,
    recipient,
    conversation,
    server,
  }: Pick<VouchedParcel, 'sender' | 'recipient' | 'conversation' | 'server'>,
): Buffer {
  const label = `incoming ${sender} ${recipient} ${conversation.toString('hex')}`
  return sealer.name(server === homeOf(sender) ? label : `${label} by ${server}`)
}

async function take(receiving: Receiving, name: Buffer, parcel: VouchedParcel): Promise<void> {
  const { store, sealer, clock, counters, awaiting, held } = receiving
  const { next, unshown } = await stateFor(receiving, name, parcel)
  if (parcel.sequence < next) {
    counters.count('parcels ignored: shown before')
    const before = unshown.find(({ sequence }) => sequence === parcel.sequence)
    await receiving.acknowledge(parcel, before?.outcome ?? 'shown')
    return
  }
  const { server } = parcel
  if (parcel.sequence >= next + farthestAhead || (held.get(server)?.size ?? 0) >= mostHeld) {
    counters.count('parcels dropped: too many kept')
    return
  }
  const part = sealPart(sealer, name, parcel, clock.now())
  await store.addPart(part)
  // One that comes again, as when its sender asks what became of it, lies here once.
  const ofServer = held.get(server) ?? new Map<string, HeldPart>()
  held.set(server, ofServer.set(nameOf(part), { name, sequence: part.sequence }))
  awaiting.set(awaitingKey(name, parcel.sequence), parcel)
  await goOn(receiving, name)
  // Still waiting: for other parts, for messages before it, or for the host.
  if (awaiting.has(awaitingKey(name, parcel.sequence))) await receiving.acknowledge(parcel, 'kept')
}

async function takeOver(receiving: Receiving, name: Buffer, { next, unshown }: Handed): Promise<void> {
  const state = (await receiving.store.loadIncoming(name)) ?? atFirst
  if (next <= state.next) return
  const recent = [...state.unshown, ...unshown].filter(({ sequence }) => sequence > next - farthestAhead)
  await goBehind(receiving, name, { next, showing: false, unshown: recent })
  await goOn(receiving, name)
}

async function close(receiving: Receiving, name: Buffer): Promise<Handed | null> {
  await goOn(receiving, name)
  const state = (await receiving.store.loadIncoming(name)) ?? atFirst
  const known = receiving.handed.get(name.toString('hex'))
  const isKnown = known?.sequence === state.next ? known.outcome === null : !state.showing
  if (!isKnown) return null
  await goBehind(receiving, name, state, beyondAll)
  return { next: state.next, unshown: state.unshown }
}

// What the store has no room for now is tried until it has.
async function goOn(receiving: Receiving, name: Buffer): Promise<void> {
  try {
    await showComplete(receiving, name)
  } catch (error) {
    if (isNoRoom(error)) receiving.again(name, retryAfter, () => goOn(receiving, name))
    throw error
  }
}

/** Whether a store, or a host, takes nothing more now. */
export function isNoRoom(error: unknown): boolean {
  return error instanceof PluginError && error.code === 'queue-full'
}

// Shows what is complete, one after the other, until a message is missing or the host is away.
async function showComplete(receiving: Receiving, name: Buffer): Promise<void> {
  const { store } = receiving
  let state = (await store.loadIncoming(name)) ?? atFirst
  const before = await interrupted(receiving, name, state)
  if (before === 'unknown') {
    receiving.again(name, retryAfter, () => goOn(receiving, name))
    return
  }
  if (before !== null) state = await pass(receiving, name, state, before)
  let parts = await store.listParts(name, state.next)
  for (;;) {
    const message = completeMessage(receiving.sealer, parts, state.next)
    if (!message) break
    const outcome = await show(receiving, name, state, message)
    if (outcome === null) return
    state = await pass(receiving, name, state, outcome)
    parts = parts.filter(({ sequence }) => sequence >= state.next)
  }
  if (parts.length > 0) waitForMissing(receiving, name, state.next)
}

// What became of the message that was being handed to the host; `null` where it is to be handed over again.
async function interrupted(
  { handed, dropsRepeats }: Receiving,
  name: Buffer,
  { next, showing }: IncomingState,
): Promise<Done | 'unknown' | null> {
  const known = handed.get(name.toString('hex'))
  if (known?.sequence === next) return known.outcome
  // The plugin ended while the host was given the message. One that knows what it has had is given it again.
  const repeats = showing ? await ifReachable(dropsRepeats()) : true
  if (repeats === null) return 'unknown'
  return repeats ? null : 'shown'
}

async function ifReachable<Value>(asked: Promise<Value>): Promise<Value | null> {
  return asked.catch((error: unknown) => {
    if (error instanceof PluginError && error.code === 'host-unreachable') return null
    throw error
  })
}

/** `null`: not now, it is tried again. */
async function show(
  receiving: Receiving,
  name: Buffer,
  state: IncomingState,
  message: IncomingMessage,
): Promise<Done | null> {
  const outcome = await handOver(receiving, name, state, message)
  receiving.handed.set(name.toString('hex'), { sequence: state.next, outcome })
  if (outcome === null) await receiving.store.saveIncoming(name, { ...state, showing: false })
  return outcome
}

async function handOver(
  receiving: Receiving,
  name: Buffer,
  state: IncomingState,
  { kind, label, arrived, ...mail }: IncomingMessage,
): Promise<Done | null> {
  const { store, open, counters, trace, log } = receiving
  if (kind === 'skip') return 'shown'
  trace({ event: 'delivered', octets: mail.payload.length })
  try {
    const once = `${name.toString('hex')}-${String(state.next)}`
    const { asks = [], replaces = null } = label ?? {}
    const give = await open({ ...mail, kind, id: shownId(once, label), once, asks, replaces })
    // From here on it may have been shown, whatever happens.
    await store.saveIncoming(name, { ...state, showing: true })
    await give()
    counters.count(kind === 'mark' ? 'marks delivered' : 'messages delivered')
    return 'shown'
  } catch (error) {
    const code = error instanceof PluginError ? error.code : 'internal'
    if (code === 'internal') log.error({ err: error }, 'A message could not be shown.')
    const wait = waitAfter(code, receiving.clock.now() - arrived)
    if (wait !== null) {
      receiving.again(name, wait, () => goOn(receiving, name))
      return null
    }
    counters.count('messages not shown')
    return code === 'recipient-unknown' ? 'recipient-unknown' : 'refused'
  }
}

// What stands in the way passes; but a server whose user nobody here knows may be gone for good.
function waitAfter(code: ErrorCode, age: number): number | null {
  if (code === 'peer-unreachable' && age < patience) return retryUnknownAfter
  return code === 'host-unreachable' || code === 'queue-full' ? retryAfter : null
}

// The number is done with, whatever became of it; its acknowledgement says what.
async function pass(
  { store, awaiting, held, handed, acknowledge }: Receiving,
  name: Buffer,
  { next: sequence, unshown }: IncomingState,
  outcome: Done,
): Promise<IncomingState> {
  const recent = unshown.filter(known => known.sequence > sequence - farthestAhead)
  const state = {
    next: sequence + 1,
    showing: false,
    unshown: outcome === 'shown' ? recent : [...recent, { sequence, outcome }],
  }
  await store.saveIncoming(name, state)
  handed.delete(name.toString('hex'))
  await store.removeParts(name, state.next)
  const key = awaitingKey(name, sequence)
  const awaited = awaiting.get(key)
  if (awaited) {
    awaiting.delete(key)
    release(held, awaited.server, state.next, name)
    await acknowledge(awaited, outcome)
  }
  return state
}

function waitForMissing(receiving: Receiving, name: Buffer, next: number): void {
  receiving.again(name, patience, async () => {
    const { store, sealer, counters } = receiving
    const now = (await store.loadIncoming(name)) ?? atFirst
    const parts = await store.listParts(name, now.next)
    const complete = parts.map(({ sequence }) => sequence).find(at => completeMessage(sealer, parts, at))
    if (now.next === next && complete !== undefined) {
      counters.count('missing messages given up')
      await store.saveIncoming(name, { ...now, next: complete, showing: false })
    }
    await goOn(receiving, name)
  })
}
