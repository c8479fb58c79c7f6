// One server's listener path without a network: flood, peel and speaker as the service connects them, on a virtual clock.
import { randomBytes } from 'node:crypto'
import { createCounters, type ReadableCounters } from '../../adapters/counters.js'
import { createMemoryStore } from '../../adapters/memory/index.js'
import { systemRandom } from '../../adapters/random.js'
import { createFlood, type HeardContext } from '../../plugin/mor/flood.js'
import type { OwnContext } from '../../plugin/mor/own-context.js'
import { createTaggedKeys, type OwnedKey } from '../../plugin/mor/owners.js'
import { createOutward } from '../../plugin/mor/outward.js'
import { createPeel } from '../../plugin/mor/peel.js'
import { createRoutes } from '../../plugin/mor/routes.js'
import { openSeen } from '../../plugin/mor/seen.js'
import { startSpeaker } from '../../plugin/mor/speaker.js'
import { generateUnwrappingKey, type UnwrappingKey } from '../../plugin/openpgp/index.js'
import type { ContextAddress, Domain, Fingerprint, Log, OnionStore } from '../../plugin/ports.js'
import { createVirtualClock } from '../_virtual-clock.js'

/** Keys of a server as it has them in the middle of a week: two routing keys, three of its context. */
export interface ListenerKeys {
  readonly trial: readonly UnwrappingKey[]
  readonly ownLink: Buffer
  /** Link keys of the contexts that are heard. */
  readonly links: readonly Buffer[]
  /** The server that an onion of ours goes on to, and the context by which it is reached. */
  readonly next: Fingerprint
  readonly hop: UnwrappingKey
}

export interface ListenerRig {
  /** A frame in one of the heard contexts. */
  hear(from: number, frame: string): void
  /** Lets one interval pass: one cell is spoken. */
  tick(): void
  /** Lets everything that waits for no clock finish. */
  settle(): Promise<void>
  readonly counters: ReadableCounters
  stop(): Promise<void>
}

const quiet = (): void => undefined
const log: Log = { debug: quiet, info: quiet, warn: quiet, error: quiet }
const group = 'main'
const address = 'own' as ContextAddress
const never = Number.MAX_SAFE_INTEGER

export function createListenerKeys(
  heard: number,
  trial = Array.from({ length: 5 }, generateUnwrappingKey),
): ListenerKeys {
  return {
    trial,
    ownLink: randomBytes(32),
    links: Array.from({ length: heard }, () => randomBytes(32)),
    next: someServer(),
    hop: generateUnwrappingKey(),
  }
}

/** Starts a listener and its speaker; `spoken` takes its frames. */
export async function startListenerRig(
  keys: ListenerKeys,
  spoken: (frame: string) => void,
  interval = 25,
  store: OnionStore = createMemoryStore(),
): Promise<ListenerRig> {
  const [clock, counters] = [createVirtualClock(), createCounters()]
  const shared = { clock, counters, trace: quiet }
  const speaker = startSpeaker({
    ...shared,
    context: address,
    interval,
    limit: 4096,
    linkKey: () => keys.ownLink,
    speak: frame => {
      spoken(frame)
      return true
    },
  })
  const seen = await openSeen(store, clock, counters, systemRandom)
  const own = (): readonly OwnContext[] => [context]
  const context = { address, group, speaker } as OwnContext
  const flood = createFlood({
    ...shared,
    seen,
    own,
    peel: (onion, bringer) => {
      peel(onion, bringer)
    },
    isAwaited: () => false,
  })
  const trial = ownedKeys(keys)
  const outward = createOutward({
    ...shared,
    self: someServer,
    routes: routesTo(keys),
    own,
    sharedGroups: () => [group],
    away: () => [],
    originate: flood.originate,
    random: systemRandom,
  })
  const peel = createPeel({
    ...shared,
    trialKeys: () => trial,
    taggedKeys: createTaggedKeys(1000),
    own,
    originate: flood.originate,
    outward,
    extraHops: 1,
    meanDelay: 0,
    store,
    deliver: () => Promise.resolve(),
    looped: () => undefined,
    random: systemRandom,
    log,
  })
  const contexts = keys.links.map(heardContext)
  return {
    counters,
    hear(from, frame) {
      const heard = contexts[from]
      if (heard) flood.hear(heard, frame)
    },
    tick: () => {
      clock.advance(interval)
    },
    async settle() {
      // Peeled onions are spoken after the replay memory has answered.
      for (let turn = 0; turn < 3; turn++) {
        await new Promise(resolve => setImmediate(resolve))
        clock.advance(0)
      }
    },
    async stop() {
      speaker.stop()
      await seen.stop()
    },
  }
}

function ownedKeys({ trial }: ListenerKeys): OwnedKey[] {
  return trial.map((key, at) => ({
    owner: at < 2 ? { kind: 'server' } : { kind: 'context', context: address },
    key,
    expires: never,
  }))
}

function routesTo({ next, hop }: ListenerKeys) {
  const routes = createRoutes()
  routes.learn({
    context: 'hop' as ContextAddress,
    speaker: someServer(),
    epoch: 0,
    key: hop,
    reaches: new Map([[next, 1]]),
    direct: true,
  })
  return routes
}

function heardContext(link: Buffer, at: number): HeardContext {
  const name = `heard-${at}`
  return { address: name as ContextAddress, group, speaker: `${name}.example` as Domain, links: [link] }
}

function someServer(): Fingerprint {
  return `04${randomBytes(20).toString('hex')}` as Fingerprint
}
