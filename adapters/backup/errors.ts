// What is wrong with a backup, in words.
import { PluginError } from '../../plugin/errors.js'

export function broken(what: string, cause?: unknown): PluginError {
  return new PluginError('backup-invalid', `The backup ${what}; nothing was restored.`, { cause })
}
