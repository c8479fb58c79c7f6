// A program of the laboratory: output into a file, ended by its process id, and by the kernel if we die first (prctl(2)).
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { openSync, closeSync, readFileSync } from 'node:fs'
import { PluginError } from '../../plugin/errors.js'

export interface RunningProcess {
  readonly pid: number
  /** Rejects when it ends without `stop` or `kill`, with the last line it printed; that is written to the standard error, too. */
  readonly unexpectedEnd: Promise<never>
  signal(name: NodeJS.Signals): void
  /** Asks it to end, insists after ten seconds; resolves when it is gone. */
  stop(): Promise<void>
  kill(): Promise<void>
}

export interface ProcessOptions {
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
  /** File that takes what it prints. */
  readonly output: string
}

const patience = 10_000

/** Starts a program; it never outlives this process. */
export function startProcess(
  command: string,
  args: readonly string[],
  options: ProcessOptions,
): RunningProcess {
  const output = openSync(options.output, 'a', 0o600)
  const { cwd, env } = options
  const dying = ['--pdeathsig', 'KILL', command, ...args]
  const child = spawn('setpriv', dying, { cwd, env, stdio: ['ignore', output, output] })
  closeSync(output)
  let wanted = false
  const ended = once(child, 'exit')
  const unexpectedEnd = ended.then(([code, signal]) =>
    wanted ? new Promise<never>(() => undefined) : failed(options.output, String(signal ?? code)),
  )
  // Whoever waits for something else learns of it here.
  unexpectedEnd.catch((cause: unknown) => process.stderr.write(`${String(cause)}\n`))
  const end = async (name: NodeJS.Signals) => {
    wanted = true
    if (name === 'SIGTERM') child.kill('SIGCONT')
    child.kill(name)
    const insist = setTimeout(() => child.kill('SIGKILL'), patience)
    await ended
    clearTimeout(insist)
  }
  return {
    pid: child.pid ?? 0,
    unexpectedEnd,
    signal: name => void child.kill(name),
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
  }
}

function failed(output: string, how: string): never {
  const last = readFileSync(output, 'utf8').trim().split('\n').at(-1) ?? ''
  throw new PluginError(
    'config-invalid',
    `A program of the laboratory ended by itself (${how}), and printed last into ${output}: ${last}`,
  )
}
