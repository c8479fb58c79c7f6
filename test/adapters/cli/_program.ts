// Runs the command line in this process and keeps what it prints.
import { Readable } from 'node:stream'
import { runProgram } from '../../../adapters/cli/program.js'
import type { Surroundings } from '../../../adapters/cli/run.js'
import type { Running } from '../../../plugin/main.js'

export interface Outcome {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** Options of `p3do backup` with which a passphrase costs a sixteenth. */
export const quick = ['--work-factor', '14'] as const

/** A plugin that must not be started. */
async function unexpectedStart(): Promise<Running> {
  throw new Error('the command started the plugin')
}

export async function p3do(args: readonly string[], around: Partial<Surroundings> = {}): Promise<Outcome> {
  const printed = { out: '', err: '' }
  const code = await runProgram(args, {
    env: {},
    out: { write: text => (printed.out += text) },
    err: { write: text => (printed.err += text) },
    input: Readable.from([]),
    start: unexpectedStart,
    stopRequested: () => new Promise(() => undefined),
    ...around,
  })
  return { code, ...printed }
}
