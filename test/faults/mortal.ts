// The ports of one plugin process that can be killed at any moment: from then on nothing that it began goes on, whatever it
// waits for, and of what it wrote only that stays which the store had committed.
import { PluginError } from '../../plugin/errors.js'
import type { Cancel, Clock, Host, PeerLink, Store, UserLink } from '../../plugin/ports.js'
import { createTurns } from '../../plugin/turns.js'
import type { Work } from '../../plugin/work.js'
import type { ServerPorts } from '../_memory-servers.js'
import type { Chance } from './chance.js'
import type { Work as Handled } from './fault.js'

export interface Mortal {
  readonly ports: ServerPorts
  readonly alive: boolean
  kill(): void
  /**
   * Kills it at that step of that work from now on; each call of store, worker and host has two, one before it has an effect
   * and one behind.
   */
  killAfter(steps: number, of: Handled): void
}

/** What a killed process waits for. */
const never = new Promise<never>(() => undefined)
const longestAnswer = 30_000
const slowest = 4

/** @param died called once, when it is killed, with the call at which it was; `null`: in no call that counts */
export function createMortal(
  ports: ServerPorts,
  chance: Chance,
  died: (call: string | null) => void,
): Mortal {
  const timers = createTimers(ports.clock)
  const life = { alive: true }
  const left = { messages: Infinity, cells: Infinity }
  const kill = (call: string | null = null): void => {
    if (!life.alive) return
    life.alive = false
    timers.cancel()
    died(call)
  }
  const step = (name: string): void => {
    const of = workOf(name)
    if (of !== null && --left[of] <= 0) kill(name)
  }
  const alive = (): boolean => life.alive
  const call: Call = async (name, run) => {
    step(name)
    if (!life.alive) return never
    const outcome = await run().then(
      value => () => value,
      (error: unknown) => () => {
        throw error
      },
    )
    step(name)
    return alive() ? outcome() : never
  }
  return {
    get alive() {
      return life.alive
    },
    kill: () => {
      kill()
    },
    killAfter: (steps, of) => void (left[of] = Math.min(left[of], steps)),
    ports: {
      ...ports,
      clock: timers.clock,
      store: slowStore(ports.store, timers.clock, chance, call),
      work: mortalWork(ports.work, call),
      host: mortalHost(ports.host, timers, alive, call),
    },
  }
}

type Call = <Result>(name: string, run: () => Promise<Result>) => Promise<Result>

// Calls that belong to no work would draw off most kills: after a start there are very many.
function workOf(name: string): Handled | null {
  if (stepsOfMessages.has(name)) return 'messages'
  return stepsOfCells.has(name) ? 'cells' : null
}

// What was heard is noted, and each layer of an onion that is opened.
const stepsOfCells = new Set(['addSeen', 'addOpened'])

const stepsOfMessages = new Set([
  'loadConversation',
  'addOutgoing',
  'loadOutgoing',
  'replaceOutgoing',
  'removeOutgoing',
  'loadIncoming',
  'saveIncoming',
  'addPart',
  'listParts',
  'removeParts',
  'listOutgoing',
  'listIncoming',
  'saveVisited',
  'removeVisited',
  'saveVisit',
  'removeVisit',
  'loadHostedKey',
  'sealMessage',
  'openMessage',
  'deliver',
  'fail',
])

interface Timers {
  readonly clock: Clock
  /** Takes something up that ends with the process. */
  own(cancel: Cancel): Cancel
  cancel: Cancel
}

function createTimers(clock: Clock): Timers {
  const cancels = new Set<Cancel>()
  let over = false
  const own = (cancel: Cancel): Cancel => {
    if (over) cancel()
    else cancels.add(cancel)
    return () => {
      cancels.delete(cancel)
      cancel()
    }
  }
  return {
    own,
    clock: {
      now: clock.now,
      steady: clock.steady,
      after(delay, run) {
        const ended = own(
          clock.after(delay, () => {
            ended()
            run()
          }),
        )
        return ended
      },
    },
    cancel() {
      over = true
      for (const cancel of cancels) cancel()
      cancels.clear()
    },
  }
}

// One connection, as to SQLite: calls wait for each other, take their time, and are committed somewhere in the middle of it.
function slowStore(store: Store, clock: Clock, chance: Chance, call: Call): Store {
  const inTurn = createTurns()
  const moment = () => new Promise<void>(resolve => void clock.after(chance.fraction() * slowest, resolve))
  const methods = store as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>
  return new Proxy(store, {
    get: (_, name) =>
      typeof name === 'string' &&
      ((...args: unknown[]) =>
        inTurn(async () => {
          await moment()
          const result = await call(name, () => methods[name]?.(...args) ?? Promise.resolve())
          await moment()
          return result
        })),
  })
}

function mortalWork(work: Work, call: Call): Work {
  const run = work.run as (...job: unknown[]) => Promise<unknown>
  return { run: ((...job: unknown[]) => call(String(job[0]), () => run(...job))) as Work['run'] }
}

function mortalHost(host: Host, timers: Timers, alive: () => boolean, call: Call): Host {
  const { carrier } = host
  return {
    ...host,
    carrier: {
      ...carrier,
      open: name => call('open', () => carrier.open(name)),
      admit: (context, listener) => call('admit', () => carrier.admit(context, listener)),
      expel: (context, listener) => call('expel', () => carrier.expel(context, listener)),
      close: context => call('close', () => carrier.close(context)),
      speak: (context, frame) => alive() && carrier.speak(context, frame),
      listen(context, hear) {
        const leave = carrier.listen(context, (frame, voice) => {
          if (alive()) hear(frame, voice)
        })
        return timers.own(leave)
      },
    },
    peers: mortalPeers(host.peers, timers.clock, alive, call),
    users: mortalUsers(host.users, alive, call),
    start: () => call('start', () => host.start()),
  }
}

// Who asks a process that is killed meanwhile gets no answer, and waits so long.
function mortalPeers(peers: PeerLink, clock: Clock, alive: () => boolean, call: Call): PeerLink {
  return {
    ...peers,
    ask: (peer, request) =>
      call(
        'ask',
        () =>
          new Promise((resolve, reject) => {
            const cancel = clock.after(longestAnswer, () => {
              reject(new PluginError('peer-unreachable', 'The peer does not answer.'))
            })
            peers.ask(peer, request).then(resolve, reject).finally(cancel)
          }),
      ),
    answer(handler) {
      peers.answer(async (from, request) => {
        const answered = alive() ? await handler(from, request) : never
        return alive() ? answered : never
      })
    },
  }
}

function mortalUsers(users: UserLink, alive: () => boolean, call: Call): UserLink {
  return {
    ...users,
    deliver: message => call('deliver', () => users.deliver(message)),
    dropsRepeats: () => call('dropsRepeats', () => users.dropsRepeats()),
    fail: (message, reason) => call('fail', () => users.fail(message, reason)),
    receive(handler) {
      users.receive(async message => {
        await (alive() ? handler(message) : never)
        if (!alive()) await never
      })
    },
  }
}
