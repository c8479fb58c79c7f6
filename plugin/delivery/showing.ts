// Shows what is complete of a conversation, once and in order, and acknowledges it (PROTO s6.3).
import { PluginError, type ErrorCode } from '../errors.js'
import type { IncomingState } from '../ports.js'
import {
  atFirst,
  awaitingKey,
  farthestAhead,
  release,
  type Done,
  type Receiving,
} from './conversation-state.js'
import { completeMessage, type IncomingMessage } from './incoming-part.js'
import { shownId } from './label.js'

const retryAfter = 5000
// What a server that does not answer has to say of its user; each attempt waits for it, too.
const retryUnknownAfter = 30_000
// What is missing comes, or a skip does, as long as its sender lives; after this, nothing of it comes any more.
const patience = 8 * 86_400_000

/** Shows what is complete now, and the rest when it is. What the store has no room for is tried until it has. */
export async function goOn(receiving: Receiving, name: Buffer): Promise<void> {
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
  return repeats ? null : 'unsure'
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
