// The fault runner as a program: which runs, in which network, and its exit code.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ProgramOutput } from '../lab/program-output.js'
import { createBook } from './book.js'
import { createChance } from './chance.js'
import { startMemoryWorld } from './memory-world.js'
import { faultsHelp, parseFaultOptions, type FaultOptions, type Scenario, type WorldName } from './options.js'
import { startRealWorld } from './real-world.js'
import { isWell, renderReport, reportOf, totalOf, type RunReport } from './report.js'
import { run } from './run.js'
import {
  drawLossySchedule,
  drawOutageSchedule,
  drawSchedule,
  faultsIn,
  type ScheduleOptions,
} from './schedule.js'
import type { World } from './world.js'

/** What the program needs of whoever runs it. */
export interface Surroundings {
  /** Folder in which relative files start. */
  readonly from: string
  /** Starts something that is stopped when all ends, however it ends. */
  readonly begin: (start: () => Promise<World>) => Promise<World>
  readonly output: ProgramOutput
}

/** Runs what the arguments ask for and returns the exit code. */
export async function main(args: readonly string[], surroundings: Surroundings): Promise<number> {
  const options = parseFaultOptions(args, surroundings.from)
  if (options === null || options.help) {
    const { output } = surroundings
    if (options === null) output.note(faultsHelp)
    else output.result(faultsHelp)
    return options === null ? 2 : 0
  }
  const reports: RunReport[] = []
  for (const name of options.worlds) {
    const report = await runIn(name, options, surroundings)
    surroundings.output.result(renderReport(report))
    reports.push(report)
    const text = JSON.stringify({ ...totalOf(reports), runs: reports }, null, 2)
    if (options.json !== null) await writeFile(options.json, `${text}\n`)
  }
  return reports.every(isWell) ? 0 : 1
}

interface Pace extends Pick<ScheduleOptions, 'pause' | 'shortest' | 'longest'> {
  readonly quiet: number
  readonly late: number
}

const hour = 3_600_000

// Times of each network, in its own milliseconds: the virtual one has more patience than anybody at a desk.
const paces: Readonly<Record<WorldName, Pace>> = {
  memory: { pause: 30_000, shortest: 2000, longest: 40_000, quiet: 2 * hour, late: 60_000 },
  real: { pause: 12_000, shortest: 300, longest: 8000, quiet: 480_000, late: 20_000 },
}

interface Terms {
  readonly draw: typeof drawSchedule
  /** How long a message is tried in memory, milliseconds. */
  readonly patience: number
  readonly leastAcknowledged: number
}

const scenarios: Readonly<Record<Scenario, Terms>> = {
  faults: { draw: drawSchedule, patience: 3 * hour, leastAcknowledged: 0 },
  lossy: { draw: drawLossySchedule, patience: hour, leastAcknowledged: 0.999 },
  outage: { draw: drawOutageSchedule, patience: 3 * hour, leastAcknowledged: 0 },
}

async function runIn(
  name: WorldName,
  options: FaultOptions,
  { begin, output }: Surroundings,
): Promise<RunReport> {
  const { seed, messages, faults, scenario, ejabberd } = options
  const { draw, patience, leastAcknowledged } = scenarios[scenario]
  const [book, chance, started] = [createBook(seed), createChance(seed), Date.now()]
  const seconds = (): number => (Date.now() - started) / 1000
  const say = (line: string): void => {
    output.note(`${seconds().toFixed(0).padStart(5)} s  ${line}\n`)
  }
  say(`${name}: starting the servers ...`)
  const folder = name === 'real' ? await mkdtemp(join(tmpdir(), 'p3do-faults-')) : null
  const world = await begin(() =>
    folder === null
      ? startMemoryWorld({ book, chance, profile: 'default', patience })
      : startRealWorld({ book, folder, ejabberd }),
  )
  const asked = { ...world, ...paces[name], messages, faults }
  const events = draw(asked, chance.apart('schedule'))
  const waiting = await run({ world, book, events, say, ...paces[name] })
  await world.stop()
  const facts = { world: name, seed, faults: faultsIn(events), seconds: seconds(), waiting }
  const report = reportOf(book, { ...facts, leastAcknowledged })
  // What went wrong is in the logs; they hold secrets of this run, and of no other.
  if (folder !== null && isWell(report)) await rm(folder, { recursive: true })
  else if (folder !== null) say(`The logs are in ${folder}.`)
  return report
}
