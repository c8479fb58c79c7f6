// The running server for its admin: contexts, what waits, the log, the link to the chat server.
import { PluginError } from '../errors.js'
import type { LogLevel } from '../ports.js'
import type { StatusReport } from '../status/index.js'
import { adminCommands, type Command, type Family } from './command.js'
import { listed } from './listing.js'

export const contextsFamily = {
  word: 'contexts',
  help: 'contexts with their cells per second',
  commands: {
    '': {
      usage: '',
      title: 'Contexts',
      help: 'contexts with their cells per second',
    },
  },
} as const satisfies Family

export const queueFamily = {
  word: 'queue',
  help: 'messages and onions that wait here',
  commands: { '': { usage: '', title: 'Queue', help: 'messages and onions that wait here' } },
} as const satisfies Family

export const logFamily = {
  word: 'log',
  help: 'what is logged',
  commands: {
    level: {
      usage: '<debug|info|warn|error>',
      title: 'Log level',
      labels: { 'debug|info|warn|error': 'The least weight of what is logged' },
      help: 'the least weight of what is logged, until the plugin stops',
    },
  },
} as const satisfies Family

export const reloadFamily = {
  word: 'reload',
  help: 'takes up what has changed in the configuration',
  commands: {
    '': {
      usage: '',
      title: 'Reload the configuration',
      help: 'takes up what has changed in the configuration: admins and log level; says what waits for a start',
    },
  },
} as const satisfies Family

export const reconnectFamily = {
  word: 'reconnect',
  help: 'makes the link to the chat server anew',
  commands: {
    '': {
      usage: '',
      title: 'Connect to the chat server anew',
      help: 'makes the link to the chat server anew',
      warning: 'Clients get errors for some seconds.',
    },
  },
} as const satisfies Family

export interface ServerPorts {
  readonly report: () => StatusReport
  readonly setLogLevel: (level: LogLevel) => void
  /** Resolves to what happened, in words. @throws PluginError `config-invalid` */
  readonly reload: () => Promise<string>
  /** Soon, so that the answer to the command still goes out. */
  readonly reconnect: () => void
}

const levels: readonly string[] = ['debug', 'info', 'warn', 'error'] satisfies LogLevel[]

function isLevel(word: string): word is LogLevel {
  return levels.includes(word)
}

export function serverCommands({ report, setLogLevel, reload, reconnect }: ServerPorts): Command[] {
  return [
    ...adminCommands(contextsFamily, {
      '': () => Promise.resolve(contexts(report())),
    }),
    ...adminCommands(queueFamily, { '': () => Promise.resolve(queue(report())) }),
    ...adminCommands(logFamily, {
      level(_, [level = '']) {
        if (!isLevel(level))
          return Promise.reject(new PluginError('command-invalid', `Choose one of ${levels.join(', ')}.`))
        setLogLevel(level)
        return Promise.resolve(`What weighs ${level} or more is logged, until the plugin stops.`)
      },
    }),
    ...adminCommands(reloadFamily, { '': reload }),
    ...adminCommands(reconnectFamily, {
      '': () => {
        reconnect()
        return Promise.resolve('The link to the chat server is made anew in a moment.')
      },
    }),
  ]
}

function contexts({ spoken, heard }: StatusReport) {
  const own = spoken.map(({ context, group, cells, declared, members }) => [
    context,
    group,
    'speaks',
    `${cells.toFixed(1)} of ${declared.toFixed(1)} cells/s`,
    `servers that may listen: ${String(members)}`,
  ])
  const others = heard.map(({ context, group, cells, peer }) => [
    context,
    group,
    'listens',
    `${cells.toFixed(1)} cells/s`,
    `of ${peer}`,
  ])
  return listed(
    'There are no contexts yet.',
    ['Context', 'Group', 'Role', 'Rate', 'With'],
    [...own, ...others],
  )
}

function queue({ sent, received, spoken }: StatusReport) {
  const oldest = sent.oldest === null ? 'none' : `${String(sent.oldest)} s`
  return listed(
    'Nothing waits.',
    ['What', 'How many'],
    [
      ['Messages not sent yet', String(sent.queued)],
      ['Messages not acknowledged yet', String(sent.inFlight)],
      ['Age of the oldest of these', oldest],
      ['Parts that came in and are not shown yet', String(received.kept)],
      ...spoken.map(({ context, waiting }) => [`Onions for ${context}`, String(waiting)]),
    ],
  )
}
