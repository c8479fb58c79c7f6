// A log whose lines are looked at: mistakes of the plugin's own are findings, and so is content of an input.
import type { Log } from '../../plugin/ports.js'
import { Finding } from './target.js'

export interface RecordingLog extends Log {
  /** Forgets all lines. @throws Finding with the first error since the last call */
  ensureNoBug(): void
  /** Forgets all lines. @throws Finding where a line above debug level holds that text, or one is an error */
  ensureSilent(secret: string): void
}

export function recordingLog(): RecordingLog {
  let lines: { readonly level: string; readonly text: string; readonly error: Error | undefined }[] = []
  const write = (level: string) => (fields: object, message: string) => {
    const error = Object.values(fields).find((value): value is Error => value instanceof Error)
    const words = [message, JSON.stringify(fields), error?.stack ?? '']
    lines.push({ level, text: words.join(' '), error })
  }
  const taken = () => {
    const all = lines
    lines = []
    return all
  }
  const ensureNoError = (all: ReturnType<typeof taken>): void => {
    const bug = all.find(({ level }) => level === 'error')
    // The error itself, where there is one: its place in the code tells one finding from another.
    if (bug) throw bug.error ?? new Finding(`The log has an error: ${bug.text}`)
  }
  return {
    debug: () => undefined,
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    ensureNoBug() {
      ensureNoError(taken())
    },
    ensureSilent(secret) {
      const all = taken()
      ensureNoError(all)
      if (all.some(({ text }) => text.includes(secret))) throw new Finding('The log holds content.')
    },
  }
}
