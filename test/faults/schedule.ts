// Which faults come when, and who writes to whom: drawn from a seed, the same for every network that has those kinds.
import type { Chance } from './chance.js'
import type { Fault, FaultKind, Letter, Work } from './fault.js'

/** Something that happens so many milliseconds after the beginning. */
export type Event =
  | { readonly at: number; readonly what: 'begin' | 'end'; readonly fault: Fault }
  | { readonly at: number; readonly what: 'write'; readonly from: string; readonly to: string }

export interface ScheduleOptions {
  readonly kinds: readonly FaultKind[]
  /** All servers, and those that may flood: nobody needs them. */
  readonly servers: readonly Letter[]
  readonly floods: readonly Letter[]
  /** Addresses of users. */
  readonly users: readonly string[]
  readonly messages: number
  readonly faults: number
  /** Mean time from one fault to the next, and how long one lasts at least and at most. */
  readonly pause: number
  readonly shortest: number
  readonly longest: number
}

/** Draws a schedule, in the order of time. Each kind comes as often as any other, in any order. */
export function drawSchedule(options: ScheduleOptions, chance: Chance): Event[] {
  const { faults, messages, pause, users } = options
  const [when, what, who] = [chance.apart('when'), chance.apart('what'), chance.apart('who')]
  const events: Event[] = []
  let at = 0
  for (const kind of drawKinds(options, what)) {
    at += pause * (0.5 + when.fraction())
    const fault = drawFault(options, kind, what)
    events.push({ at, what: 'begin', fault }, { at: at + fault.lasts, what: 'end', fault })
  }
  const end = Math.max(at, faults * pause)
  for (let number = 0; number < messages; number++)
    events.push({ at: who.fraction() * end, what: 'write', ...drawPair(users, who) })
  return events.sort((one, other) => one.at - other.at)
}

/**
 * A tenth of all cells is lost at each listener all the time; after a quarter of it a server falls out and stays away, to whose
 * users nobody writes.
 */
export function drawLossySchedule(options: ScheduleOptions, chance: Chance): Event[] {
  const { users, messages, faults, pause } = options
  const [who, end] = [chance.apart('who'), faults * pause]
  const lost: Fault = { kind: 'loss', share: 0.1, lasts: end }
  const server = chance.one(options.floods)
  const down: Fault = { kind: 'host-kill', server, lasts: (end * 3) / 4 }
  const others = users.filter(user => !user.includes(`@${server}.`))
  const events: Event[] = [
    { at: 0, what: 'begin', fault: lost },
    { at: end / 4, what: 'begin', fault: down },
    { at: end, what: 'end', fault: lost },
    { at: end, what: 'end', fault: down },
  ]
  for (let number = 0; number < messages; number++)
    events.push({ at: who.fraction() * end, what: 'write', ...drawPair(others, who) })
  return events.sort((one, other) => one.at - other.at)
}

/** For an hour a server with users and all others do not reach each other, while everybody goes on writing. */
export function drawOutageSchedule(options: ScheduleOptions, chance: Chance): Event[] {
  const { users, servers, floods, messages } = options
  const [who, begin] = [chance.apart('who'), outage / 12]
  const away = chance.one(servers.filter(server => !floods.includes(server)))
  const cut: Fault = { kind: 'split', side: [away], lasts: outage }
  const events: Event[] = [
    { at: begin, what: 'begin', fault: cut },
    { at: begin + outage, what: 'end', fault: cut },
  ]
  for (let number = 0; number < messages; number++)
    events.push({ at: who.fraction() * (2 * begin + outage), what: 'write', ...drawPair(users, who) })
  return events.sort((one, other) => one.at - other.at)
}

const outage = 3_600_000

/** How many faults a schedule has. */
export function faultsIn(events: readonly Event[]): number {
  return events.filter(({ what }) => what === 'begin').length
}

function drawKinds({ kinds, faults }: ScheduleOptions, chance: Chance): FaultKind[] {
  const drawn: FaultKind[] = []
  let left: FaultKind[] = []
  while (drawn.length < faults) {
    if (left.length === 0) left = [...kinds]
    drawn.push(...left.splice(chance.below(left.length), 1))
  }
  return drawn
}

function drawPair(users: readonly string[], chance: Chance): { from: string; to: string } {
  const from = chance.one(users)
  const home = from.slice(from.indexOf('@'))
  return { from, to: chance.one(users.filter(user => !user.endsWith(home))) }
}

// Where nobody lives, there are only cells.
function drawWork({ users }: ScheduleOptions, server: Letter, chance: Chance): Work {
  const hasUsers = users.some(user => user.includes(`@${server}.`))
  return hasUsers ? chance.one(['messages', 'cells']) : 'cells'
}

// One against all others or, where there are enough, two against two.
function drawSide(servers: readonly Letter[], one: Letter, chance: Chance): Letter[] {
  const isAlone = servers.length < 4 || chance.below(2) === 0
  return isAlone ? [one] : [one, chance.one(servers.filter(other => other !== one))]
}

// Servers answer each other within ten minutes of difference between their clocks.
const farthestJump = 240_000
const mostSteps = 60

function drawFault(options: ScheduleOptions, kind: FaultKind, chance: Chance): Fault {
  const { servers, floods } = options
  const lasts = chance.between(options.shortest, options.longest)
  const server = chance.one(servers)
  switch (kind) {
    case 'kill':
      return {
        kind,
        server,
        of: drawWork(options, server, chance),
        steps: chance.between(1, mostSteps),
        lasts,
      }
    case 'host-kill':
    case 'host-pause':
      return { kind, server, lasts }
    case 'cut':
    case 'black-hole':
      return { kind, between: [server, chance.one(servers.filter(other => other !== server))], lasts }
    case 'split':
      return { kind, side: drawSide(servers, server, chance), lasts }
    case 'jump':
      return { kind, server, by: chance.between(-farthestJump, farthestJump), lasts }
    case 'flood':
      return { kind, server: chance.one(floods), onions: chance.between(50, 300), lasts }
    case 'loss':
    case 'repeats':
    case 'delays':
      return { kind, share: 0.1, lasts }
  }
}
