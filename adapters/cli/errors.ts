// One line on the terminal for each failure, and the exit code that goes with it.
import { CommanderError } from 'commander'
import { PluginError } from '../../plugin/errors.js'

// The help lists them.
const exitCodes = { done: 0, failed: 1, configuration: 2 } as const

/** What to print, and with which code to end. Commander has printed its own errors already. */
export function explain(error: unknown): { line: string; code: number } {
  if (error instanceof CommanderError) {
    return { line: '', code: error.exitCode === 0 ? exitCodes.done : exitCodes.configuration }
  }
  if (error instanceof PluginError) {
    const configuration = error.fault === 'admin' || error.code === 'bad-format'
    return { line: error.message, code: configuration ? exitCodes.configuration : exitCodes.failed }
  }
  // A file system or network error of Node says what it did to what.
  if (error instanceof Error && 'syscall' in error) return { line: error.message, code: exitCodes.failed }
  const trace = error instanceof Error ? error.stack : String(error)
  return { line: `This is a mistake in P3DO, please report it: ${trace ?? ''}`, code: exitCodes.failed }
}
