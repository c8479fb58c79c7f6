// The machines of the in-process network: a server each, with a clock, a chat server and a plugin that can fail alone.
import type { Domain, Log } from '../../plugin/ports.js'
import { profiles, type ProfileName } from '../../plugin/profiles.js'
import { startMemoryServers, type MemoryServer, type MemoryServers } from '../_memory-servers.js'
import type { MemoryServersOptions } from '../_memory-servers.js'
import type { Book } from './book.js'
import type { Chance } from './chance.js'
import type { Letter } from './fault.js'
import { createFrameWatch } from './frame-watch.js'
import { createMortal, type Mortal } from './mortal.js'
import { createMovedClock, type MovedClock } from './moved-clock.js'
import { createPassage, type Passage } from './passage.js'
import { createUnsteadyHost, type UnsteadyHost } from './unsteady-host.js'

export interface Machine {
  readonly server: MemoryServer
  readonly host: UnsteadyHost
  /** The process that was started last. */
  readonly plugin: Mortal
  setClock(wrong: number): void
}

/** A kill in the middle of a call of a port. */
export interface KillAtStep {
  readonly server: Letter
  /** The name of the call. */
  readonly call: string
}

export interface MemoryMachines {
  readonly lab: MemoryServers
  readonly passage: Passage
  /** All of them so far. */
  readonly kills: readonly KillAtStep[]
  at(letter: Letter): Machine
}

export interface MemoryMachinesOptions {
  readonly chance: Chance
  readonly book: Book
  readonly profile: ProfileName
  /** How long a message is tried, milliseconds. */
  readonly patience: number
  /** When the virtual time begins; ten minutes before midnight, when keys change, unless it is given. */
  readonly begin?: number
}

interface Part {
  readonly clock: MovedClock
  readonly host: UnsteadyHost
  readonly plugin: Mortal
}

export const letters: readonly Letter[] = ['a', 'b', 'c', 'd']
/** Nobody lives there: it is a hop, and it may flood. */
export const floods: readonly Letter[] = ['d']

const tenToMidnight = Date.UTC(2026, 0, 1, 23, 50)

// As it is shipped.
const loops = 10

/** Starts the servers. */
export async function startMachines(options: MemoryMachinesOptions): Promise<MemoryMachines> {
  const { chance, book, profile, patience, begin = tenToMidnight } = options
  const watch = createFrameWatch(book, profiles[profile].interval)
  const passage = createPassage(chance.apart('passage'))
  const parts = new Map<Domain, Part>()
  const kills: KillAtStep[] = []
  const between: MemoryServersOptions['between'] = (domain, ports) => {
    const clock = parts.get(domain)?.clock ?? createMovedClock(ports.clock)
    const host = parts.get(domain)?.host ?? createUnsteadyHost(ports.clock, passage.next)
    const own = { clock, host: host.attach(ports.host), log: reporting(book), random: chance.apart(domain) }
    const plugin = createMortal({ ...ports, ...own }, chance, call => {
      if (call !== null) kills.push({ server: domain.charAt(0), call })
      ports.host.abandon()
      watch.forget(domain)
    })
    parts.set(domain, { clock, host, plugin })
    return plugin.ports
  }
  const lab = await startMemoryServers({ names: letters, profile, patience, loops, between, begin })
  lab.network.onFrame((context, frame) => {
    // Who floods obeys no clock.
    if (!floods.some(letter => context.endsWith(`.${letter}.example`)))
      watch.see(context, frame, lab.clock.now())
  })
  return {
    lab,
    passage,
    kills,
    at(letter) {
      const server = lab.servers.find(({ domain }) => domain.startsWith(`${letter}.`))
      const part = server && parts.get(server.domain)
      if (!server || !part) throw new RangeError('There is no such server.')
      return {
        ...part,
        server,
        setClock(wrong) {
          part.clock.set(wrong)
          watch.forget(server.domain)
        },
      }
    },
  }
}

// Whatever a fault does, it is no bug of the plugin's own.
function reporting(book: Book): Log {
  const quiet = (): void => undefined
  return {
    debug: quiet,
    info: quiet,
    warn: quiet,
    error({ err }: { readonly err?: unknown }, message) {
      book.wrong(`The log has an error: ${message} ${err instanceof Error ? (err.stack ?? '') : ''}`)
    },
  }
}
