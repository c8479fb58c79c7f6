// Multicast onion routing of one server: own contexts, what is heard from others', and messages that begin here.
import type { UnwrappingKey } from '../openpgp/index.js'
import { PluginError } from '../errors.js'
import type { Federation } from '../pki/index.js'
import type { Cancel, Carrier, Clock, Counters, Domain, Log, Random, Store, Trace } from '../ports.js'
import { every } from '../repeat.js'
import type { Sealer } from '../sealer.js'
import type { Contents } from './contents.js'
import { createFlood } from './flood.js'
import { serveMembership } from './membership.js'
import { buildOnion, type Hop } from './onion.js'
import { openOwnContext, type OwnContext, type Pace } from './own-context.js'
import { createTaggedKeys, trialKeys } from './owners.js'
import { createPeel } from './peel.js'
import { createRoutes } from './routes.js'
import { openSeen } from './seen.js'
import { startSubscriptions } from './subscriptions.js'

export interface MorOptions {
  readonly group: string
  /** How many own contexts are opened. */
  readonly contexts: number
  readonly extraHops: number
  readonly pace: Pace
  /** Routing keys of this server that may still be used, with the time after which each is gone. */
  readonly routingKeys: () => readonly { readonly key: UnwrappingKey; readonly expires: number }[]
  readonly federation: Federation
  readonly carrier: Carrier
  readonly store: Store
  readonly sealer: Sealer
  /** Takes what a `deliver` layer held. */
  readonly deliver: (parcel: Buffer) => Promise<void>
  readonly clock: Clock
  readonly random: Random
  readonly counters: Counters
  readonly trace: Trace
  readonly log: Log
}

export interface Mor {
  /** Sends contents along a route on the speakers' clock. @throws PluginError `message-too-long`, `queue-full` */
  send(route: readonly Hop[], contents: Contents): void
  readonly contexts: readonly OwnContext[]
  /** Peers that can be hops now. */
  reachable(): readonly Domain[]
  stop(): Promise<void>
}

// Keys are for a day and made a day ahead; looking every hour needs no alarm clock.
const renewEvery = 3_600_000
const taggedKeyLimit = 100_000

/** Opens the own contexts and begins to listen. @throws PluginError `context-refused` */
export async function startMor(options: MorOptions): Promise<Mor> {
  const { federation, clock, random } = options
  const seen = await openSeen(options.store, clock, options.counters)
  const routes = createRoutes()
  const contexts: OwnContext[] = []
  const own = (): readonly OwnContext[] => contexts
  const flood = createFlood({
    ...options,
    seen,
    own,
    peel: (onion, group) => {
      peel(onion, group)
    },
  })
  const peel = createPeel({
    ...options,
    ...options.pace,
    self: federation.self,
    trialKeys: () => trialKeys(options.routingKeys(), contexts, clock.now()),
    taggedKeys: createTaggedKeys(taggedKeyLimit),
    own,
    originate: flood.originate,
    routes,
  })
  for (const name of await contextNames(options)) contexts.push(await openOwnContext({ ...options, name }))
  serveMembership(federation, own, routes, clock, () => {
    federation.tell('members')
  })
  const subscriptions = startSubscriptions({ ...options, routes, hear: flood.hear })
  const cancelRenewal = renewRegularly(options, contexts)

  return {
    contexts,
    reachable: () => subscriptions.reachable(),
    send(route, contents) {
      const onion = buildOnion(route, contents, random)
      const group = contexts.filter(context => context.group === options.group)
      if (group.every(({ speaker }) => speaker.full)) {
        throw new PluginError('queue-full', 'Too many messages wait to be spoken. Try again in a minute.')
      }
      flood.originate(onion, group)
    },
    async stop() {
      cancelRenewal()
      subscriptions.stop()
      for (const context of contexts) context.stop()
      await seen.stop()
    },
  }
}

// A context's name is random and stays: it says nothing, and after a restart the same room is taken up again.
async function contextNames({ store, contexts, random }: MorOptions): Promise<string[]> {
  const known = (await store.loadContexts()).map(({ name }) => name).slice(0, contexts)
  const missing = Array.from({ length: contexts - known.length }, () => random.octets(8).toString('hex'))
  return [...known, ...missing]
}

function renewRegularly({ clock, log }: MorOptions, contexts: readonly OwnContext[]): Cancel {
  return every(clock, renewEvery, async () => {
    for (const context of contexts) {
      await context.renew().catch((error: unknown) => {
        log.error({ err: error }, 'The keys of a context could not be renewed.')
      })
    }
  })
}
