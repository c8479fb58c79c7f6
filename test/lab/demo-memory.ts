// The demo in one process, for machines without chat servers: the same plugin on in-process hosts and the real clock.
import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { systemClock } from '../../adapters/clock.js'
import { createCounters } from '../../adapters/counters.js'
import { createMemoryNetwork, createMemoryStore, type MemoryHost } from '../../adapters/memory/index.js'
import { systemRandom } from '../../adapters/random.js'
import { parseDomain, parseUserAddress } from '../../plugin/addresses.js'
import type { Domain, KeyFile, Log, PeerAddress } from '../../plugin/ports.js'
import { createSealer } from '../../plugin/sealer.js'
import { startService, type Service } from '../../plugin/service.js'
import { people, type Observation, type Person, type Span, type Stage, type StageOptions } from './demo-stage.js'
import type { ShownMessage } from './go-sendxmpp.js'
import { createInbox, type Inbox } from './inbox.js'
import type { ServerName } from './network.js'
import type { Step } from './plugins.js'

const names = ['a', 'b', 'c'] as const
const startTimeout = 30_000

/** Starts three plugins; resolves when every server hears the others. */
export async function startMemoryStage({ profile, say, atEnd }: StageOptions): Promise<Stage> {
  say('three servers, a, b and c.example, with a plugin each, in this process')
  const network = createMemoryNetwork(systemClock)
  const frames: Frame[] = []
  network.onFrame((room, frame) => void frames.push({ time: Date.now(), room, frame }))
  const journey = createInbox<Step>('step of a journey')
  const hosts = { a: network.host(domainOf('a')), b: network.host(domainOf('b')), c: network.host(domainOf('c')) }
  say('keys are made, certificates exchanged and countersigned, rooms joined')
  const services = names.map(name => startOne(name, hosts[name], profile, journey))
  atEnd(() => Promise.all(services.map(async service => (await service).stop())))
  await untilAllHear(await Promise.all(services))
  return {
    journey,
    shown: { Alice: shownTo(hosts.a), Bob: shownTo(hosts.b) },
    write: (from, to, text) => say1(hosts[people[from].home], from, to, text),
    observe: (span, texts) => Promise.resolve(look(frames, span, texts)),
  }
}
