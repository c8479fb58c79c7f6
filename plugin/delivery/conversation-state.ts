// Where conversations stand that come in, on disk and in memory (PROTO s6.3).
import type { Cancel, Domain, IncomingPart, IncomingState } from '../ports.js'
import type { Acknowledged, ReceiverOptions, VouchedParcel } from './receiver.js'
import type { Outcome } from './reply.js'

/** Where a conversation stands that goes on at another server. */
export type Handed = Pick<IncomingState, 'next' | 'unshown'>

/** What became of a message in the end. */
export type Done = Exclude<Outcome, 'kept'>

export type HeldPart = Pick<IncomingPart, 'name' | 'sequence'>

export interface Receiving extends ReceiverOptions {
  /** Where the acknowledgement of a message goes that is not shown yet, by its number in its conversation. */
  readonly awaiting: Map<string, Acknowledged>
  /** Parts of each sending server that came in since the start and lie here. */
  readonly held: Map<Domain, Map<string, HeldPart>>
  readonly timers: Map<string, Cancel>
  /** What became of handing over a message, by its conversation, until the store knows it; `null`: it was not shown. */
  readonly handed: Map<string, { readonly sequence: number; readonly outcome: Done | null }>
  readonly again: (name: Buffer, delay: number, run: () => Promise<void>) => void
}

/** How far ahead of the next message one is kept; senders have fewer on their way. */
export const farthestAhead = 64

export const atFirst: IncomingState = { next: 0, showing: false, unshown: [] }

export function awaitingKey(name: Buffer, sequence: number): string {
  return `${name.toString('hex')} ${String(sequence)}`
}

// A server that forgot, as after a restored backup, learns from the sender which numbers are done with.
export async function stateFor(
  receiving: Receiving,
  name: Buffer,
  { oldest }: VouchedParcel,
): Promise<IncomingState> {
  const state = (await receiving.store.loadIncoming(name)) ?? atFirst
  return oldest <= state.next ? state : goBehind(receiving, name, { ...state, next: oldest, showing: false })
}

// All before it is done with, wherever.
export async function goBehind(
  { store, held, handed, awaiting }: Receiving,
  name: Buffer,
  later: IncomingState,
  before = later.next,
): Promise<IncomingState> {
  await store.saveIncoming(name, later)
  await store.removeParts(name, before)
  handed.delete(name.toString('hex'))
  for (const server of [...held.keys()]) release(held, server, before, name)
  forgetAwaiting(awaiting, name, before)
  return later
}

// Their senders ask again.
function forgetAwaiting(awaiting: Receiving['awaiting'], name: Buffer, before: number): void {
  for (const key of awaiting.keys()) {
    const [of, sequence] = key.split(' ')
    if (of === name.toString('hex') && Number(sequence) < before) awaiting.delete(key)
  }
}

export function release(held: Receiving['held'], server: Domain, next: number, name: Buffer): void {
  const ofServer = held.get(server)
  for (const [key, part] of ofServer ?? [])
    if (part.sequence < next && part.name.equals(name)) ofServer?.delete(key)
  if (ofServer?.size === 0) held.delete(server)
}

export function nameOf({ name, sequence, part, parts }: IncomingPart): string {
  return [name.toString('hex'), sequence, part, parts].join(' ')
}
