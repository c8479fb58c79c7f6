// How the running plugin is.
import { adminCommands, type Command, type Family } from './command.js'

export const statusFamily = {
  word: 'status',
  help: 'messages, contexts, peers and keys as they are now',
  commands: {
    '': {
      usage: '[--json]',
      title: 'Status',
      labels: { '--json': 'For programs (JSON)' },
      help: 'messages, contexts, peers and keys as they are now',
    },
  },
} as const satisfies Family

export interface StatusPorts {
  readonly words: () => string
  /** The same as a value that JSON can hold. */
  readonly report: () => object
}

export function statusCommands({ words, report }: StatusPorts): Command[] {
  return adminCommands(statusFamily, {
    '': (_, [format]) => Promise.resolve(format === undefined ? words() : JSON.stringify(report(), null, 2)),
  })
}
