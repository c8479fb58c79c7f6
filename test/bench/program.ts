// What the benchmark is asked for, and what it prints.
import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { PluginError } from '../../plugin/errors.js'
import type { ProgramOutput } from '../lab/program-output.js'
import { benchAccepted } from './accepted.js'
import { benchBesideSks } from './beside-sks.js'
import { benchCell } from './cell.js'
import { benchCertify } from './certify.js'
import { benchLayer } from './layer.js'
import { benchListener } from './listener.js'
import { benchLookups } from './lookups.js'
import { benchMemory } from './memory.js'
import { benchNetwork } from './network.js'
import { benchOctets } from './octets.js'
import { benchRefusals } from './refusals.js'
import { renderTable, type Row } from './report.js'
import { benchRestart } from './restart.js'
import type { RoundOptions } from './rounds.js'

const benches: Readonly<Record<string, (options: RoundOptions) => Promise<Row[]>>> = {
  layer: benchLayer,
  cell: benchCell,
  listener: benchListener,
  network: benchNetwork,
  octets: benchOctets,
  memory: benchMemory,
  lookups: benchLookups,
  sks: benchBesideSks,
  refusals: benchRefusals,
  restart: benchRestart,
  certify: benchCertify,
  accepted: benchAccepted,
}

const usage = `Usage: npm run bench -- [options]

  --only NAME    only one of: ${Object.keys(benches).join(', ')}
  --json FILE    write the rows as JSON too
  --rounds N     rounds in which ours and the others take turns (default 15)
  --help         show this

Exit code 1 when a goal is missed or a part could not be measured, 2 for a wrong option. docs/bench.md says how to read the table.
`

const options = {
  only: { type: 'string' },
  json: { type: 'string' },
  rounds: { type: 'string', default: '15' },
  help: { type: 'boolean', default: false },
} as const

const slice = 30

/** Runs what the arguments ask for and returns the exit code. */
export async function main(args: readonly string[], output: ProgramOutput): Promise<number> {
  const asked = parse(args)
  if (asked === null || asked.help) {
    if (asked === null) output.note(usage)
    else output.result(usage)
    return asked === null ? 2 : 0
  }
  const parts: (Row[] | null)[] = []
  for (const name of asked.names) parts.push(await measure(name, asked.rounds, output))
  const rows = parts.flatMap(part => part ?? [])
  output.result(renderTable(rows))
  if (asked.json !== undefined) await writeFile(asked.json, `${JSON.stringify(rows, null, 2)}\n`)
  return parts.every(part => part?.every(({ ok }) => ok)) ? 0 : 1
}

// What this machine lacks for one part, the others do without.
async function measure(name: string, rounds: number, output: ProgramOutput): Promise<Row[] | null> {
  output.note(`${name} ...\n`)
  try {
    return (await benches[name]?.({ rounds, slice })) ?? []
  } catch (error) {
    if (!(error instanceof PluginError)) throw error
    output.note(`${error.message}\n`)
    return null
  }
}

interface Asked {
  readonly names: readonly string[]
  readonly json: string | undefined
  readonly rounds: number
  readonly help: boolean
}

function parse(args: readonly string[]): Asked | null {
  const values = read(args)
  if (values === null) return null
  const rounds = Number(values.rounds)
  const names = values.only === undefined ? Object.keys(benches) : [values.only]
  if (!Number.isInteger(rounds) || rounds < 1 || names.some(name => !(name in benches))) return null
  return { names, json: values.json, rounds, help: values.help }
}

function read(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options }).values
  } catch {
    return null // an option that does not exist, or lacks its value
  }
}
