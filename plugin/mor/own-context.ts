// A context in which this server speaks: its room, its keys of each day, its speaker, its members (PROTO s7).
import type {
  Carrier,
  Clock,
  ContextAddress,
  ContextStore,
  Counters,
  Fingerprint,
  ListenerAddress,
  Trace,
} from '../ports.js'
import { createRateMeter } from '../rate-meter.js'
import type { Sealer } from '../sealer.js'
import { decodeEpochs, encodeEpochs, renewEpochs, type ContextEpoch } from './context-keys.js'
import { epochOf } from './epoch.js'
import { startSpeaker, type Speaker } from './speaker.js'

export interface OwnContext {
  readonly address: ContextAddress
  readonly group: string
  readonly speaker: Speaker
  /** Keys of yesterday, today and tomorrow, as far as there are. */
  readonly epochs: readonly ContextEpoch[]
  /** Milliseconds between its cells. */
  readonly interval: number
  /** Cells that the host took, a second, over the last minute. */
  spokenPerSecond(): number
  /** Servers whose listeners were let in. */
  readonly members: ReadonlyMap<Fingerprint, ReadonlySet<ListenerAddress>>
  admit(server: Fingerprint, listener: ListenerAddress): Promise<void>
  /** Throws the listeners of a server out; they hear nothing more, whatever keys it has. */
  expel(server: Fingerprint): Promise<void>
  /** Throws out whom the host still lets in from before the start, and who is no member since. */
  expelOthers(): Promise<void>
  /** Makes the next day's keys; called once a day or more often. */
  renew(): Promise<void>
  stop(): void
}

/** How fast speakers speak and how long peeled onions wait, in milliseconds. */
export interface Pace {
  readonly interval: number
  readonly meanDelay: number
}

export interface OwnContextOptions {
  readonly name: string
  readonly group: string
  readonly pace: Pace
  readonly carrier: Carrier
  readonly store: ContextStore
  readonly sealer: Sealer
  readonly clock: Clock
  readonly counters: Counters
  readonly trace: Trace
}

// At 25 ms a cell this many wait a hundred seconds; they take 8 MB.
const queueLimit = 4096

/** Opens a context: keys first, then the room, then the speaker. @throws PluginError `context-refused` */
export async function openOwnContext(options: OwnContextOptions): Promise<OwnContext> {
  const { name, group, carrier, store, sealer, clock } = options
  const label = labelOf(name)
  const saved = (await store.loadContexts()).find(context => context.name === name)
  let epochs = saved ? decodeEpochs(sealer.unseal(label, saved.keys)) : []
  const renew = async (): Promise<void> => {
    epochs = renewEpochs(epochs, clock.now())
    await store.saveContext({ name, group, keys: sealer.seal(label, encodeEpochs(epochs)) })
  }
  await renew()
  const address = await carrier.open(name)
  const members = new Map<Fingerprint, Set<ListenerAddress>>()
  const spoken = createRateMeter(clock)
  const speaker = startSpeaker({
    context: address,
    interval: options.pace.interval,
    limit: queueLimit,
    linkKey: () => currentLink(epochs, clock.now()),
    speak(frame) {
      const taken = carrier.speak(address, frame)
      if (taken) spoken.count()
      return taken
    },
    clock,
    counters: options.counters,
    trace: options.trace,
  })
  return {
    address,
    group,
    speaker,
    members,
    interval: options.pace.interval,
    spokenPerSecond: spoken.perSecond,
    renew,
    get epochs() {
      return epochs
    },
    async admit(server, listener) {
      await carrier.admit(address, listener)
      members.set(server, (members.get(server) ?? new Set()).add(listener))
    },
    async expel(server) {
      const listeners = members.get(server) ?? []
      members.delete(server)
      for (const listener of listeners) await carrier.expel(address, listener)
    },
    async expelOthers() {
      for (const listener of await carrier.admitted(address)) {
        const isMember = [...members.values()].some(listeners => listeners.has(listener))
        if (!isMember) await carrier.expel(address, listener)
      }
    },
    stop: () => {
      speaker.stop()
    },
  }
}

/**
 * Forgets the keys of all own contexts, which stay: nothing that was wrapped to them can be opened any more.
 * @throws PluginError `secret-missing` where they are sealed under another key
 */
export async function forgetContextKeys(store: ContextStore, sealer: Sealer): Promise<void> {
  for (const { name, group, keys } of await store.loadContexts()) {
    sealer.unseal(labelOf(name), keys)
    await store.saveContext({ name, group, keys: sealer.seal(labelOf(name), encodeEpochs([])) })
  }
}

function labelOf(name: string): string {
  return `context ${name}`
}

// A process that slept over several days renews soon; until then its newest key is the best it has.
function currentLink(epochs: readonly ContextEpoch[], now: number): Buffer {
  const link = (epochs.find(({ epoch }) => epoch === epochOf(now)) ?? epochs.at(-1))?.link
  if (!link) throw new Error('A context has no link key.')
  return link
}
