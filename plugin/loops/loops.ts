// Sends cells to this server itself, all the time and at random moments; nobody else can tell them from messages (PROTO s11).
import type { Alarm } from '../alarms.js'
import { PluginError } from '../errors.js'
import { randomRoute } from '../delivery/index.js'
import { tagLength, type Hop, type Mor } from '../mor/index.js'
import { generateUnwrappingKey } from '../openpgp/index.js'
import type { Cancel, Clock, Counters, Domain, Fingerprint, Log, Random, Trace } from '../ports.js'
import type { Profile } from '../profiles.js'
import { createReturns, type Returned } from './returns.js'
import { createWatch } from './watch.js'

export interface LoopsOptions {
  readonly domain: Domain
  readonly self: () => Fingerprint
  readonly pace: Profile
  readonly routeLength: number
  readonly extraHops: number
  /** The part of a group's clock that the loops of all its servers together take, in hundredths; 0 for none. */
  readonly loops: number
  /** The least part of loops that must come back, in hundredths. */
  readonly loopAlarm: number
  /** Servers that can be hops now, own one included. */
  readonly reachable: () => readonly Domain[]
  /** @throws PluginError `route-unreachable` */
  readonly hops: (route: readonly Domain[]) => Promise<readonly Hop[]>
  readonly alarm: Alarm
  readonly clock: Clock
  readonly random: Random
  readonly counters: Counters
  readonly trace: Trace
  readonly log: Log
}

export interface Loops {
  /** Takes what a `loop` layer held. */
  returned(id: Buffer): void
  /** How many of the last loops came back that went over a server, or of all. */
  over(server: Domain | null): Returned
  /** Servers that bring too little back, the worst first. */
  suspects(): readonly Domain[]
  start(mor: Pick<Mor, 'send' | 'expect'>): void
  stop: Cancel
}

interface Pending {
  readonly route: readonly Domain[]
  /** By the steady clock. */
  readonly sent: number
  readonly cancel: Cancel
}

interface Looping extends LoopsOptions {
  readonly mor: Pick<Mor, 'send' | 'expect'>
  readonly pending: Map<string, Pending>
  readonly finish: (id: string, took: number | null) => void
}

// However slow the clock, something is measured, and however fast, the servers have other things to do.
const leastWait = 1_000
const mostWait = 3_600_000
const mostPending = 512
const leastPatience = 10_000
const idLength = 16

export function createLoops(options: LoopsOptions): Loops {
  const { clock, random } = options
  const returns = createReturns()
  const watch = createWatch({ ...options, returns, bound: options.loopAlarm / 100 })
  const pending = new Map<string, Pending>()
  let cancel: Cancel = () => undefined
  const finish = (id: string, took: number | null): void => {
    const loop = pending.get(id)
    if (!loop) return
    pending.delete(id)
    loop.cancel()
    options.counters.count(took === null ? 'loops lost' : 'loops returned')
    returns.add(loop.route, took)
    watch.look(loop.route)
  }
  const plan = (looping: Looping): void => {
    cancel = clock.after(random.exponential(meanWait(options)), () => {
      plan(looping)
      void sendLoop(looping)
    })
  }
  return {
    returned(id) {
      const name = id.toString('hex')
      const loop = pending.get(name)
      if (loop) finish(name, clock.steady() - loop.sent)
      else options.counters.count('loops too late')
    },
    over: returns.over,
    suspects: watch.suspects,
    start(mor) {
      if (options.loops > 0) plan({ ...options, mor, pending, finish })
    },
    stop() {
      cancel()
      for (const loop of pending.values()) loop.cancel()
      pending.clear()
    },
  }
}

/**
 * Every onion of a loop is spoken once in each context of the group, and every server sends loops: the more there are, the
 * less often does each. Never by the load, which it would show.
 */
function meanWait({ pace, routeLength, extraHops, loops, reachable }: LoopsOptions): number {
  const onions = routeLength + (routeLength - 1) * extraHops
  const mean = (pace.interval * onions * reachable().length * 100) / loops
  return Math.min(Math.max(mean, leastWait), mostWait)
}

/** Four times as long as it takes on average, in milliseconds; what comes later counts as lost. */
function patienceOf({ pace, routeLength, extraHops }: LoopsOptions): number {
  const layers = routeLength + (routeLength - 1) * extraHops
  return leastPatience + 4 * layers * (pace.interval + pace.meanDelay)
}

// Never rejects: a loop that cannot be sent now says nothing of anybody.
async function sendLoop(looping: Looping): Promise<void> {
  const { domain, self, reachable, routeLength, random, mor, hops, clock, counters, pending } = looping
  if (pending.size >= mostPending) return
  try {
    const servers = randomRoute(domain, domain, reachable(), routeLength, random)
    const route = servers.slice(0, -1)
    const [tag, id, key] = [random.octets(tagLength), random.octets(idLength), generateUnwrappingKey()]
    const there = await hops(route)
    const patience = patienceOf(looping)
    const forget = mor.expect(tag, key, clock.now() + patience)
    mor.send([...there, { server: self(), key, tag }], { kind: 'loop', id })
    pending.set(id.toString('hex'), {
      route,
      sent: clock.steady(),
      cancel: giveUpLater(looping, id, patience, forget),
    })
    counters.count('loops sent')
  } catch (error) {
    counters.count('loops not sent')
    if (!(error instanceof PluginError)) looping.log.error({ err: error }, 'A loop could not be sent.')
  }
}

function giveUpLater({ clock, finish }: Looping, id: Buffer, patience: number, forget: Cancel): Cancel {
  const cancel = clock.after(patience, () => {
    finish(id.toString('hex'), null)
  })
  return () => {
    cancel()
    forget()
  }
}
