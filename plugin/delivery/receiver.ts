// Takes in what arrives: parts are kept, and acknowledged until they are shown (PROTO s6.3).
import type {
  Ask,
  Cancel,
  Clock,
  Counters,
  DeliveryStore,
  Domain,
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
  farthestAhead,
  goBehind,
  nameOf,
  stateFor,
  type Handed,
  type HeldPart,
  type Receiving,
} from './conversation-state.js'
import { sealPart } from './incoming-part.js'
import type { Parcel, ReplyTo } from './parcel.js'
import type { Outcome } from './reply.js'
import { goOn, isNoRoom } from './showing.js'

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

/** A server can fill no more than this, 4 MB. */
const mostHeld = 4096
const beyondAll = 2 ** 32

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
