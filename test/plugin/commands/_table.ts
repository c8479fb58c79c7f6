// A table of the given commands, with root@a.example as its admin.
import { parseUserAddress } from '../../../plugin/addresses.js'
import { createCommandTable, type Command, type CommandTable } from '../../../plugin/commands/index.js'
import type { Log } from '../../../plugin/ports.js'

export const root = parseUserAddress('root@a.example')

/** @param logged gets what is logged at info level */
export function tableOf(commands: readonly Command[], logged: object[] = []): CommandTable {
  const ignore = () => undefined
  const log: Log = { debug: ignore, info: fields => void logged.push(fields), warn: ignore, error: ignore }
  return createCommandTable({
    commands,
    admins: [root],
    contactAddress: 'bob\\40b.example@p3do.a.example',
    log,
  })
}
