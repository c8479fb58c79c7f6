// The log: JSON lines for machines, one line of text where a person watches the terminal. Both go to stderr.
import { pino } from 'pino'
import type { Log, LogLevel } from '../plugin/ports.js'

/** A log whose level can be changed. */
export interface AdjustableLog extends Log {
  level: LogLevel | (string & {})
}

/** Where lines go; `process.stderr` is one. */
export interface LogOutput {
  readonly isTTY?: boolean
  write(line: string): unknown
}

// Nobody means to log these; should a field of such a name come along, its value stays out.
const secret = [
  'secret',
  'password',
  'key',
  'seal',
  'body',
  'plaintext',
  'user',
  'contact',
  'jid',
  'from',
  'to',
]

/** Made once by the composition root. `level` is `log.level` of the configuration. */
export function createLog(level: string, output: LogOutput = process.stderr): AdjustableLog {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    serializers: { error: pino.stdSerializers.err, err: pino.stdSerializers.err },
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: secret.flatMap(name => [name, `*.${name}`]), censor: '[hidden]' },
  }
  return pino(options, output.isTTY === true ? { write: line => output.write(readable(line)) } : output)
}

function readable(line: string): string {
  const { time, level, msg, ...fields } = JSON.parse(line) as Record<string, unknown>
  const details = Object.entries(fields).map(([name, value]) => `${name}=${JSON.stringify(value)}`)
  return `${[String(time).slice(11, 23), String(level).padEnd(5), printable(String(msg)), ...details].join(' ')}\n`
}

// A terminal obeys control characters; JSON escapes those in the fields already.
function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, '?')
}
