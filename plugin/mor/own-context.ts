// A context in which this server speaks: its room, its keys of each day, its speaker, its members (PROTO s7).
import type {
  Carrier,
  Clock,
  ContextAddress,
  ContextStore,
  Counters,
  Domain,
  Fingerprint,
  ListenerAddress,
  Trace,
} from '../ports.js'
import { createRateMeter } from '../rate-meter.js'
import type { Sealer } from '../sealer.js'
import { decodeEpochs, encodeEpochs, renewEpochs, replaceLinks, type ContextEpoch } from './context-keys.js'
import { epochOf } from './epoch.js'
import { startSpeaker, type Speaker } from './speaker.js'

export interface OwnContext {
  readonly address: ContextAddress
  readonly group: string
  /** Whether it is a room of somebody's, and shown to chosen servers only. */
  readonly lent: boolean
  /** The name under which it speaks there now; `null` while the host does not let it. */
  voice(): string | null
  /** Whether a server may know it and listen to it. */
  admits(server: Domain): boolean
  readonly speaker: Speaker
  /** Whether it speaks now; nobody is told of one that does not. */
  readonly speaking: boolean
  /** Speaks at another pace, or no more while that is `null`; what waited is lost. */
  setPace(pace: Pace | null): void
  /** Keys of yesterday, today and tomorrow, as far as there are. */
  readonly epochs: readonly ContextEpoch[]
  /** Milliseconds between its cells, and the mean wait of what is peeled by its key. */
  readonly pace: Pace
  /** Cells that the host took, a second, over the last minute. */
  spokenPerSecond(): number
  /** Servers whose listeners were let in. */
  readonly members: ReadonlyMap<Fingerprint, ReadonlySet<ListenerAddress>>
  admit(server: Fingerprint, listener: ListenerAddress): Promise<void>
  /** Throws the listeners of a server out; they hear nothing more, and soon its keys open nothing more either. */
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
  /** By which its keys are stored. */
  readonly name: string
  readonly group: string
  /** Where it is, for one that the host has opened already. */
  readonly address?: ContextAddress
  /** For a room of somebody's: who may know it. All servers may where left out. */
  readonly admits?: (server: Domain) => boolean
  /** `null`: it does not speak yet. */
  readonly pace: Pace | null
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
  const { name, group, carrier, clock, admits } = options
  const keys = await openKeys(options)
  const address = options.address ?? (await carrier.open(name))
  const spoken = createRateMeter(clock)
  const start = (pace: Pace): Speaker =>
    startSpeaker({
      ...options,
      context: address,
      interval: pace.interval,
      limit: queueLimit,
      linkKey: () => currentLink(keys.epochs, clock.now()),
      speak(frame) {
        const taken = carrier.speak(address, frame)
        if (taken) spoken.count()
        return taken
      },
    })
  let { pace } = options
  let speaker = pace === null ? silent : start(pace)
  return {
    ...createMembers(carrier, address, keys),
    address,
    group,
    lent: admits !== undefined,
    voice: () => carrier.voice(address),
    admits: admits ?? (() => true),
    spokenPerSecond: spoken.perSecond,
    renew: keys.renew,
    get speaker() {
      return speaker
    },
    get speaking() {
      return pace !== null
    },
    get pace() {
      return pace ?? noPace
    },
    get epochs() {
      return keys.epochs
    },
    setPace(next) {
      speaker.stop()
      pace = next
      speaker = next === null ? silent : start(next)
    },
    stop: () => {
      speaker.stop()
    },
  }
}

interface Keys extends Pick<OwnContext, 'epochs' | 'renew'> {
  /** Makes other link keys for later days. */
  replace(): Promise<void>
}

async function openKeys({ name, group, store, sealer, clock }: OwnContextOptions): Promise<Keys> {
  const label = labelOf(name)
  const saved = (await store.loadContexts()).find(context => context.name === name)
  let epochs = saved ? decodeEpochs(sealer.unseal(label, saved.keys)) : []
  const save = async (changed: readonly ContextEpoch[]): Promise<void> => {
    epochs = renewEpochs(changed, clock.now())
    await store.saveContext({ name, group, keys: sealer.seal(label, encodeEpochs(epochs)) })
  }
  await save(epochs)
  return {
    get epochs() {
      return epochs
    },
    renew: () => save(epochs),
    replace: () => save(replaceLinks(epochs, clock.now())),
  }
}

function createMembers(
  carrier: Carrier,
  address: ContextAddress,
  keys: Keys,
): Pick<OwnContext, 'members' | 'admit' | 'expel' | 'expelOthers'> {
  const members = new Map<Fingerprint, Set<ListenerAddress>>()
  return {
    members,
    async admit(server, listener) {
      await carrier.admit(address, listener)
      members.set(server, (members.get(server) ?? new Set()).add(listener))
    },
    async expel(server) {
      const listeners = members.get(server) ?? []
      members.delete(server)
      try {
        for (const listener of listeners) await carrier.expel(address, listener)
      } finally {
        await keys.replace()
      }
    },
    async expelOthers() {
      for (const listener of await carrier.admitted(address)) {
        const isMember = [...members.values()].some(listeners => listeners.has(listener))
        if (!isMember) await carrier.expel(address, listener)
      }
    },
  }
}

const noPace: Pace = { interval: Infinity, meanDelay: 0 }

/** Of a context that does not speak. */
const silent: Speaker = { say: () => false, waiting: 0, own: 0, stop: () => undefined }

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
