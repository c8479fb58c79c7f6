// One server's ear, mouth and keys on the in-process host, without federation: what it hears comes from the test.
import { randomBytes } from 'node:crypto'
import { createCounters, type ReadableCounters } from '../adapters/counters.js'
import { createMemoryNetwork, createMemoryStore } from '../adapters/memory/index.js'
import { systemRandom } from '../adapters/random.js'
import { parseDomain } from '../plugin/addresses.js'
import { openCell, parseFrame, sealOnion, type TaggedOnion } from '../plugin/mor/cell.js'
import { encodeContents, type Contents } from '../plugin/mor/contents.js'
import { createFlood, type HeardContext } from '../plugin/mor/flood.js'
import { capacity } from '../plugin/mor/onion-length.js'
import { openOwnContext, type OwnContext } from '../plugin/mor/own-context.js'
import { createTaggedKeys, trialKeys, type OwnedKey } from '../plugin/mor/owners.js'
import { createOutward } from '../plugin/mor/outward.js'
import { createPeel } from '../plugin/mor/peel.js'
import { createRoutes, type Routes } from '../plugin/mor/routes.js'
import { openSeen } from '../plugin/mor/seen.js'
import {
  generateUnwrappingKey,
  wrapLayer,
  type UnwrappingKey,
  type WrappingKey,
} from '../plugin/openpgp/index.js'
import type { ContextAddress, Fingerprint, Log, Random, Store } from '../plugin/ports.js'
import { createSealer } from '../plugin/sealer.js'
import { createVirtualClock, type VirtualClock } from './_virtual-clock.js'

export interface ListenerOptions {
  readonly clock?: VirtualClock
  readonly store?: Store
  readonly extraHops?: number
  readonly meanDelay?: number
  readonly interval?: number
  readonly random?: Random
  /** The routing key of the server. */
  readonly key?: UnwrappingKey
  readonly sealKey?: Buffer
  readonly log?: Log
}

export interface Listener {
  readonly clock: VirtualClock
  readonly store: Store
  readonly counters: ReadableCounters
  readonly context: OwnContext
  readonly key: UnwrappingKey
  readonly routes: Routes
  readonly self: Fingerprint
  readonly heard: HeardContext
  /** Onions that it spoke, and cells of any kind, in their order. */
  readonly spoken: TaggedOnion[]
  readonly frames: string[]
  readonly delivered: Buffer[]
  readonly journey: string[]
  /** Somebody else's context says a frame, or an onion sealed for it. */
  hear(said: string | TaggedOnion): void
  registerTag(tag: Buffer, key: OwnedKey): void
  count(name: string): number
  /** Lets time pass, in steps, and what it sets off. */
  pass(ms: number, step?: number): Promise<void>
  stop(): Promise<void>
}

const week = 7 * 86_400_000

export async function startListener(options: ListenerOptions = {}): Promise<Listener> {
  const { clock = createVirtualClock(), store = createMemoryStore(), key = generateUnwrappingKey() } = options
  const counters = createCounters()
  const network = createMemoryNetwork(clock)
  const [spoken, frames, delivered] = [[] as TaggedOnion[], [] as string[], [] as Buffer[]]
  const seen = await openSeen(store, clock, counters, systemRandom)
  const journey: string[] = []
  const common = { clock, counters, trace: ({ event }: { event: string }) => void journey.push(event) }
  const context = await openOwnContext({
    ...common,
    name: (await store.loadContexts())[0]?.name ?? 'own',
    group: 'main',
    pace: { interval: options.interval ?? 25, meanDelay: 0 },
    carrier: network.host(parseDomain('a.example')).carrier,
    store,
    sealer: createSealer(options.sealKey ?? Buffer.alloc(32)),
  })
  network.onFrame((_, frame) => {
    frames.push(frame)
    const opened = context.epochs.map(({ link }) => openCell(link, parseFrame(frame))).find(Boolean)
    if (opened && opened !== 'cover') spoken.push(opened)
  })
  const [routes, self] = [createRoutes(), fingerprint()]
  const tagged = createTaggedKeys(100)
  const started = clock.now()
  const heard: HeardContext = {
    address: 'other@conference.b.example' as ContextAddress,
    group: 'main',
    speaker: parseDomain('b.example'),
    links: [randomBytes(32), randomBytes(32)],
  }
  const flood = createFlood({
    ...common,
    seen,
    own: () => [context],
    peel: (onion, bringer) => peel(onion, bringer),
    isAwaited: tag => tagged.find(tag) !== null,
  })
  const outward = createOutward({
    ...common,
    self: () => self,
    routes,
    own: () => [context],
    sharedGroups: () => ['main'],
    away: () => [],
    originate: flood.originate,
    random: options.random ?? systemRandom,
  })
  const peel = createPeel({
    ...common,
    trialKeys: () => trialKeys([{ key, expires: started + 2 * week }], [context], clock.now()),
    taggedKeys: tagged,
    own: () => [context],
    originate: flood.originate,
    outward,
    extraHops: options.extraHops ?? 0,
    meanDelay: options.meanDelay ?? 0,
    store,
    deliver: parcel => Promise.resolve(void delivered.push(parcel)),
    looped: ignore,
    random: options.random ?? systemRandom,
    log: options.log ?? { debug: ignore, info: ignore, warn: ignore, error: ignore },
  })
  return {
    clock,
    store,
    counters,
    context,
    key,
    routes,
    self,
    heard,
    spoken,
    frames,
    delivered,
    journey,
    hear(said) {
      flood.hear(heard, typeof said === 'string' ? said : sealOnion(heard.links[0] ?? Buffer.alloc(32), said))
    },
    registerTag: tagged.register,
    count: name => counters.snapshot()[name] ?? 0,
    async pass(ms, step = 5) {
      for (let passed = 0; passed < ms; passed += step) {
        clock.advance(step)
        await new Promise(resolve => setImmediate(resolve))
      }
    },
    async stop() {
      context.stop()
      await seen.stop()
    },
  }
}

export function fingerprint(): Fingerprint {
  return `04${randomBytes(20).toString('hex')}` as Fingerprint
}

/** An onion of one layer that says this to the owner of a key, for whom it is found by trial. */
export function onionSaying(contents: Contents | Buffer, key: WrappingKey, length = 1951): TaggedOnion {
  const octets = Buffer.isBuffer(contents) ? contents : encodeContents(contents)
  // The contents of `forward` and `speak` end where the inner onion ends; the others may have zeros behind.
  const zeros = octets[0] === 0x13 ? capacity(length) - octets.length : 0
  return { tag: randomBytes(16), onion: wrapLayer(Buffer.concat([octets, Buffer.alloc(zeros)]), key, length) }
}

/** An onion for somebody who is not here. */
export function foreignOnion(length = 1351): TaggedOnion {
  return onionSaying(Buffer.alloc(300), generateUnwrappingKey(), length)
}

function ignore(): void {
  // tests look at counters
}
