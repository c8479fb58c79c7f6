// A full disk is no mistake of the plugin: whoever wants something stored is told in words (SQLite "SQLITE_FULL").
import { PluginError } from '../../plugin/errors.js'

type Operation = (...given: unknown[]) => Promise<unknown>

/** The same operations, which fail with PluginError `queue-full` where there is no room; what they were to write is not written. */
export function explainFullDisk<Operations extends object>(operations: Operations): Operations {
  const explained = Object.entries(operations).map(([name, run]: [string, Operation]) => [
    name,
    (...given: unknown[]) => run(...given).catch(refuse),
  ])
  return Object.fromEntries(explained) as Operations
}

function refuse(error: unknown): never {
  if ((error as { code?: unknown }).code !== 'SQLITE_FULL') throw error
  throw new PluginError(
    'queue-full',
    'The disk of this server is full, and nothing can be kept now. Try again later.',
    { cause: error },
  )
}
