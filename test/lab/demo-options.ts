// What `npm run demo` can be told.
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { PluginError } from '../../plugin/errors.js'

export interface DemoOptions {
  readonly host: 'real' | 'memory'
  readonly profile: 'fast' | 'default'
  /** The first server dies in the middle, and its user visits another one. */
  readonly visit: boolean
  /** Folder that stays when the demo ends, `null` for one that does not. */
  readonly keep: string | null
  readonly help: boolean
}

export const demoHelp = `npm run demo -- [options]

Starts three chat servers with one plugin each: a.example and b.example are Prosody, c.example is ejabberd. Alice, Bob and
Carol use a stock client, turn onion routing on by a chat command, and write to each other at their ordinary addresses.
Prints what becomes of their messages on the way, what each server could know, and what happens when somebody swaps a
server's key. Takes half a minute (the first time, while Debian's packages are fetched, some more), leaves nothing behind
but those packages in .lab, and ends with code 0; with 1 where something fails, which it names; with 130 on Ctrl-C.

  --host real|memory      chat servers on loopback addresses (the default), or all in one process, without a key swapped
  --profile default|fast  125 ms between cells and a mean wait of 1 s a layer, or 25 ms and no waits
  --visit                 kill a.example in the middle: Alice goes on at c.example, and is back later; takes three minutes
  --keep FOLDER           keep configuration, logs and the journey in a new folder; it holds secrets of this run
  --help                  this text
`

const definitions = {
  host: { type: 'string', default: 'real' },
  profile: { type: 'string', default: 'default' },
  visit: { type: 'boolean', default: false },
  keep: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const

/**
 * Reads the arguments; `from` is the folder in which relative ones start.
 * @throws PluginError `config-invalid` that names the argument and what is allowed
 */
export function parseDemoOptions(args: readonly string[], from: string): DemoOptions {
  const { host, profile, visit, keep, help } = parse(args)
  if (visit && host === 'memory')
    throw new PluginError('config-invalid', '--visit needs real servers: do without --host memory.')
  return {
    host: oneOf('host', host, ['real', 'memory']),
    profile: oneOf('profile', profile, ['default', 'fast']),
    visit,
    keep: keep === undefined ? null : resolve(from, keep),
    help,
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: definitions }).values
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : ''
    throw new PluginError('config-invalid', `${reason}\nSee: npm run demo -- --help`, { cause })
  }
}

function oneOf<Word extends string>(name: string, value: string, allowed: readonly Word[]): Word {
  const found = allowed.find(word => word === value)
  if (found === undefined)
    throw new PluginError('config-invalid', `--${name} is one of: ${allowed.join(', ')}.`)
  return found
}
