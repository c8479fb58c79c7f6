// One line on the terminal for each failure, and the exit code that goes with it.
import { CommanderError } from 'commander'
import { PluginError } from '../../plugin/errors.js'

// The help lists them.
const exitCodes = { done: 0, failed: 1, configuration: 2, notRunning: 3 } as const

/** What to print, and with which code to end. Commander has printed its own errors already. */
export function explain(error: unknown): { line: string; code: number } {
  if (error instanceof CommanderError) {
    return { line: '', code: error.exitCode === 0 ? exitCodes.done : exitCodes.configuration }
  }
  if (error instanceof PluginError) {
    return { line: error.message, code: exitCodeOf(error) }
  }
  // A file system or network error of Node says what it did to what.
  if (error instanceof Error && 'syscall' in error) return { line: error.message, code: exitCodes.failed }
  const trace = error instanceof Error ? error.stack : String(error)
  return { line: `This is a mistake in P3DO, please report it: ${trace ?? ''}`, code: exitCodes.failed }
}

function exitCodeOf({ code, fault }: PluginError): number {
  if (code === 'not-running') return exitCodes.notRunning
  const isUsage = fault === 'admin' || code === 'bad-format' || code === 'command-invalid'
  return isUsage ? exitCodes.configuration : exitCodes.failed
}
