// The demo in one process, for machines without chat servers: the same plugin on in-process hosts and the real clock.
import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { systemClock } from '../../adapters/clock.js'
import { createCounters } from '../../adapters/counters.js'
import { createMemoryNetwork, createMemoryStore, type MemoryHost } from '../../adapters/memory/index.js'
import { systemRandom } from '../../adapters/random.js'
import { parseDomain, parseUserAddress } from '../../plugin/addresses.js'
import { PluginError } from '../../plugin/errors.js'
import type { Domain, KeyFile, Log, PeerAddress } from '../../plugin/ports.js'
import { createSealer } from '../../plugin/sealer.js'
import { startService, type Service } from '../../plugin/service.js'
import { people, type Observation, type Span, type Stage, type StageOptions } from './demo-stage.js'
import type { ShownMessage } from './go-sendxmpp.js'
import { createInbox, type Inbox } from './inbox.js'
import type { ServerName } from './network.js'
import type { Step } from './plugins.js'
import { sameThread } from '../../plugin/work.js'
import { memoryDns, memoryFetcher } from '../_dns.js'

const names = ['a', 'b', 'c'] as const
const startTimeout = 30_000

/** Starts three plugins; resolves when every server hears the others. */
export async function startMemoryStage({ profile, say, begin }: StageOptions): Promise<Stage> {
  say('three servers, a, b and c.example, with a plugin each, in this process')
  const network = createMemoryNetwork(systemClock)
  const frames: Frame[] = []
  network.onFrame((room, frame) => void frames.push({ time: Date.now(), room, frame }))
  const host = (name: ServerName): MemoryHost => network.host(domainOf(name))
  const hosts = { a: host('a'), b: host('b'), c: host('c') }
  const journey = createInbox<Step>('step of a journey')
  const shown = { Alice: shownTo(hosts.a), Bob: shownTo(hosts.b), Carol: shownTo(hosts.c) }
  say('keys are made, certificates exchanged and countersigned, rooms joined')
  const start = (name: ServerName): Promise<Service> =>
    begin(
      () => startOne(name, hosts[name], profile, journey),
      service => service.stop(),
    )
  await untilAllHear(await Promise.all(names.map(start)))
  return {
    journey,
    shown,
    write: (from, to, body) => {
      const contact = to === 'plugin' ? null : parseUserAddress(people[to].address)
      return hosts[people[from].home].say({ user: parseUserAddress(people[from].address), contact, body })
    },
    observe: (span, texts) => Promise.resolve(lookBack(frames, span, texts)),
    real: null,
  }
}

interface Frame {
  readonly time: number
  readonly room: string
  readonly frame: string
}

function domainOf(name: ServerName): Domain {
  return parseDomain(`${name}.example`)
}

function shownTo(host: MemoryHost): Inbox<ShownMessage> {
  const shown = createInbox<ShownMessage>('message')
  host.onShown(({ contact, body }) => {
    shown.add({ from: contact ?? 'p3do', text: body, encrypted: false, at: Date.now() })
  })
  return shown
}

function startOne(
  name: ServerName,
  host: MemoryHost,
  profile: StageOptions['profile'],
  journey: Inbox<Step>,
): Promise<Service> {
  const others = names.filter(other => other !== name).map(domainOf)
  return startService({
    version: '0.1.0',
    domain: domainOf(name),
    profile,
    groups: ['main'],
    contexts: 1,
    routeLength: 3,
    extraHops: 1,
    loops: 0,
    loopAlarm: 60,
    patience: 3_600_000,
    mostVisits: 100,
    pseudonyms: { most: 10, delay: 3_600_000 },
    policy: 'list',
    keyPolicy: { holdDown: 259_200_000, quorum: 0 },
    peers: others.map(domain => ({ domain, address: `p3do.${domain}` as PeerAddress, fingerprint: null })),
    admins: [],
    contactAddress: 'bob@b.example',
    host,
    store: createMemoryStore(),
    sealer: createSealer(randomBytes(32)),
    keyFile: memoryKeyFile(),
    work: sameThread,
    dns: memoryDns(),
    fetcher: memoryFetcher(),
    clock: systemClock,
    random: systemRandom,
    counters: createCounters(),
    trace: step => {
      journey.add({ time: Date.now(), server: name, ...step })
    },
    log: silentLog,
    setLogLevel: ignore,
    reload: () => Promise.resolve('There is no file to read.'),
  })
}

async function untilAllHear(services: readonly Service[]): Promise<void> {
  const end = Date.now() + startTimeout
  while (services.some(service => service.reachable().length < names.length)) {
    if (Date.now() > end)
      throw new PluginError('peer-unreachable', 'The three servers do not hear each other.')
    await delay(50)
  }
}

function memoryKeyFile(): KeyFile {
  let kept: Buffer | null = null
  return {
    load: () => Promise.resolve(kept),
    save: octets => Promise.resolve(void (kept = octets)),
  }
}

// What goes wrong here shows in the journey, which the demo prints.
const silentLog: Log = { debug: ignore, info: ignore, warn: ignore, error: ignore }
function ignore(): void {
  // nothing is kept
}

function lookBack(frames: readonly Frame[], span: Span, texts: readonly string[]): Observation {
  const seen = frames.filter(({ time }) => time >= span.from && time <= span.until)
  const cells = new Map<string, number>()
  for (const { room } of seen) cells.set(room, (cells.get(room) ?? 0) + 1)
  return {
    cells,
    lengths: new Set(seen.map(({ frame }) => frame.length)),
    searched: seen.length,
    found: texts.filter(text => seen.some(({ frame }) => frame.includes(text))),
  }
}
