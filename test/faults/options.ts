// What `npm run test:faults` can be told.
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import type { ServerName } from '../lab/network.js'

export type WorldName = 'memory' | 'real'

export type Scenario = 'faults' | 'lossy' | 'outage'

export interface FaultOptions {
  readonly seed: number
  readonly messages: number
  readonly faults: number
  readonly worlds: readonly WorldName[]
  readonly scenario: Scenario
  /** Real servers that run on ejabberd. */
  readonly ejabberd: readonly ServerName[]
  /** File that takes the figures. */
  readonly json: string | null
  readonly help: boolean
}

export const faultsHelp = `npm run test:faults -- [options]

Lets users write to each other while plugins and chat servers are killed, links cut and clocks set wrong, by a schedule
drawn from a seed, and counts what is lost, shown twice or out of order: nothing may be.

  --seed N                     repeats the schedule of an earlier run (default 1)
  --messages N                 how many messages must be accepted (default 1000)
  --faults N                   how many faults are injected (default 100)
  --world memory|real|both     four servers in one process on a virtual clock, three real servers with their plugins (no
                               cells late or twice), or one after the other (the default)
  --scenario faults|lossy|outage
                               all kinds of faults (the default); or a tenth of all cells lost all the time and a server of
                               the routes down; or in memory a server cut off for an hour
  --ejabberd a,b               real servers that run on ejabberd (default none); cells are lost, and their clocks watched, at
                               the others alone, which run on Prosody
  --json FILE                  writes messages, faults, acknowledged, lost, duplicated, reordered and more
  --help                       this text

Exit code 0 when all is well, 1 when something is not or the run takes too long, 2 for a wrong option.
`

const definitions = {
  seed: { type: 'string', default: '1' },
  messages: { type: 'string', default: '1000' },
  faults: { type: 'string', default: '100' },
  world: { type: 'string', default: 'both' },
  scenario: { type: 'string', default: 'faults' },
  ejabberd: { type: 'string', default: '' },
  json: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const

const worlds: Readonly<Record<string, readonly WorldName[]>> = {
  memory: ['memory'],
  real: ['real'],
  both: ['memory', 'real'],
}

/** Reads the arguments, `null` where one is wrong; `from` is the folder in which relative files start. */
export function parseFaultOptions(args: readonly string[], from: string): FaultOptions | null {
  const values = parse(args)
  if (values === null) return null
  const { scenario, json, help } = values
  const [seed, messages, faults] = [values.seed, values.messages, values.faults].map(Number)
  const isCount = (value: number | undefined): value is number =>
    Number.isSafeInteger(value) && value !== undefined && value >= 0
  const chosen = Object.hasOwn(worlds, values.world) ? worlds[values.world] : undefined
  if (!chosen || !isCount(seed) || !isCount(messages) || !isCount(faults) || messages === 0) return null
  const ejabberd = values.ejabberd === '' ? [] : values.ejabberd.split(',')
  if (!isScenario(scenario) || !ejabberd.every(isServer)) return null
  return {
    seed,
    messages,
    faults,
    worlds: scenario === 'outage' ? ['memory'] : chosen,
    scenario,
    ejabberd,
    json: json === undefined ? null : resolve(from, json),
    help,
  }
}

function isServer(text: string): text is ServerName {
  return ['a', 'b', 'c'].includes(text)
}

function isScenario(text: string): text is Scenario {
  return text === 'faults' || text === 'lossy' || text === 'outage'
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: definitions }).values
  } catch {
    return null // an option that does not exist, or lacks its value
  }
}
