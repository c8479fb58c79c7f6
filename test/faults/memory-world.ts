// Four servers in this process, on a virtual clock: faults hit them at any step of what they do.
import { parseUserAddress } from '../../plugin/addresses.js'
import { PluginError } from '../../plugin/errors.js'
import { settled } from '../_counted-work.js'
import { enrol } from '../_enrol.js'
import type { MemoryServers } from '../_memory-servers.js'
import type { Book } from './book.js'
import type { Chance } from './chance.js'
import type { Fault, Letter } from './fault.js'
import { createMemoryFlood, type MemoryFlood } from './memory-flood.js'
import {
  floods,
  letters,
  startMachines,
  type KillAtStep,
  type MemoryMachines,
  type MemoryMachinesOptions,
} from './memory-machines.js'
import type { World } from './world.js'

const users = ['alice@a.example', 'anna@a.example', 'bob@b.example', 'ben@b.example', 'carol@c.example']

export interface MemoryWorld extends World {
  /** The virtual time. */
  now(): number
  /** Of plugins, in the middle of something. */
  readonly kills: readonly KillAtStep[]
}

/** Starts the servers and enrols the users. */
export async function startMemoryWorld(options: MemoryMachinesOptions): Promise<MemoryWorld> {
  const { book, chance } = options
  const machines = await startMachines(options)
  const { lab, at } = machines
  await enrol(lab, users)
  for (const { host } of lab.servers) {
    host.onShown(({ user, contact, body }) => {
      if (contact) book.shown(user, contact, body)
    })
    host.onFailed(({ id = '' }, reason) => {
      book.failed(id, reason.code)
    })
  }
  const timers = lab.clock.waiting
  const heap = heapInUse(lab)
  const foreign = createMemoryFlood()
  let planned = 0
  const inflict = createInflict(machines, book, chance.apart('flood'), foreign)
  return {
    servers: letters,
    floods,
    users,
    kinds: ['kill', 'host-kill', 'host-pause', 'cut', 'split', 'jump', 'flood', 'loss', 'repeats', 'delays'],
    kills: machines.kills,
    now: () => lab.clock.now(),
    ...inflict,
    async begin(fault) {
      if (fault.kind === 'kill') planned++
      await inflict.begin(fault)
    },
    write(from, to, refused) {
      if (at(homeOf(from)).host.state === 'up') say(machines, book, { from, to, refused })
      else refused()
    },
    pass: ms => pass(lab, ms),
    async waiting() {
      const lists = await Promise.all(lab.servers.map(({ store }) => store.listOutgoing()))
      return lists.flat().length
    },
    inspect() {
      if (planned >= fewestKills && machines.kills.length === 0)
        book.wrong('No plugin was killed in the middle of anything.')
      if (!foreign.hadEffect(lab.servers)) book.wrong('Nobody heard the cells of a flood.')
      if (lab.clock.waiting > timers + mostTimers)
        book.wrong(
          `${String(lab.clock.waiting)} timers run when nothing is under way; ${String(timers)} did at first.`,
        )
      const grown = heapInUse(lab) - heap
      if (grown > mostGrown) book.wrong(`The heap grew by ${String(Math.round(grown / 1024 / 1024))} MB.`)
      return Promise.resolve()
    },
    // Time stands still from now on, so that nothing could wait for a plugin that ends in order.
    stop() {
      for (const letter of letters) at(letter).plugin.kill()
      return Promise.resolve()
    },
  }
}

// Of fewer kills, all may come to their end before there is anything to do.
const fewestKills = 5

// What is planned for once a day or so may come and go.
const mostTimers = 40

// Four servers with their stores, and the book.
const mostGrown = 64 * 1024 * 1024

/** What the servers have in memory, where the collector can be called (node --expose-gc), and 0 elsewhere. */
function heapInUse({ servers }: MemoryServers): number {
  const { gc } = globalThis
  if (!gc) return 0
  // What the laboratory notes for tests is none of theirs.
  for (const { journey, shown } of servers) journey.length = shown.length = 0
  gc()
  return process.memoryUsage().heapUsed
}

function homeOf(user: string): Letter {
  return user.charAt(user.indexOf('@') + 1)
}

interface Saying {
  readonly from: string
  readonly to: string
  readonly refused: () => void
}

function say({ at }: MemoryMachines, book: Book, { from, to, refused }: Saying): void {
  const { id, body } = book.write(from, to)
  const message = { user: parseUserAddress(from), contact: parseUserAddress(to), body, id }
  at(homeOf(from))
    .server.host.say(message)
    .then(
      () => {
        book.accepted(id)
      },
      (error: unknown) => {
        book.refused(id, error instanceof PluginError ? error.code : 'internal')
        refused()
      },
    )
}

// From one thing that falls due to the next, so that nothing happens later than it would.
async function pass({ clock }: MemoryServers, ms: number): Promise<void> {
  const until = clock.now() + ms
  for (;;) {
    const next = clock.next() ?? until
    clock.advance(Math.max(0, Math.min(next, until) - clock.now()))
    await settled(2)
    if (next >= until) return
  }
}

/** Beginning and end of each fault. */
function createInflict(
  { lab, passage, at }: MemoryMachines,
  book: Book,
  chance: Chance,
  foreign: MemoryFlood,
): Pick<World, 'begin' | 'end'> {
  const { network, clock } = lab
  const cuts = new Map<string, number>()
  const hosts: Fault[] = []
  const link = (pairs: readonly (readonly [Letter, Letter])[], change: 1 | -1): void => {
    for (const [one, other] of pairs) {
      const name = [one, other].sort().join(' ')
      const count = (cuts.get(name) ?? 0) + change
      cuts.set(name, count)
      network.setLinked(at(one).server.domain, at(other).server.domain, count === 0)
    }
  }
  const setHost = (letter: Letter): void => {
    const own = hosts.filter(fault => 'server' in fault && fault.server === letter)
    const isDown = own.some(({ kind }) => kind === 'host-kill')
    const state = isDown ? 'down' : own.length > 0 ? 'paused' : 'up'
    at(letter).host.set(state)
    network.setReachable(at(letter).server.domain, state === 'up')
  }
  const flood = ({ server, onions, lasts }: Extract<Fault, { kind: 'flood' }>): void => {
    for (let count = 0; count < onions; count++)
      clock.after(chance.fraction() * lasts, () => void foreign.speak(at(server).server))
  }
  const change = (fault: Fault, isBegin: boolean): void => {
    switch (fault.kind) {
      case 'kill':
        if (isBegin) at(fault.server).plugin.killAfter(fault.steps, fault.of)
        else revive(fault.server)
        break
      case 'host-kill':
      case 'host-pause':
        if (isBegin) hosts.push(fault)
        else hosts.splice(hosts.indexOf(fault), 1)
        setHost(fault.server)
        break
      case 'cut':
        link([fault.between], isBegin ? 1 : -1)
        break
      case 'split': {
        const others = letters.filter(letter => !fault.side.includes(letter))
        link(
          fault.side.flatMap(one => others.map(other => [one, other] as const)),
          isBegin ? 1 : -1,
        )
        break
      }
      case 'black-hole':
        throw new RangeError(`The network in memory has no fault of kind ${fault.kind}.`)
      case 'jump':
        at(fault.server).setClock(isBegin ? fault.by : 0)
        break
      case 'flood':
        if (isBegin) flood(fault)
        break
      case 'loss':
      case 'repeats':
      case 'delays':
        if (isBegin) passage.begin(fault)
        else passage.end(fault)
    }
  }
  const revive = (letter: Letter): void => {
    at(letter).plugin.kill()
    // Whether it comes up, its messages show.
    at(letter)
      .server.startAgain()
      .catch((error: unknown) => {
        book.wrong(`A plugin did not start again: ${String(error)}`)
      })
  }
  return {
    begin(fault) {
      change(fault, true)
      return Promise.resolve()
    },
    end(fault) {
      change(fault, false)
      return Promise.resolve()
    },
  }
}
