// Commands as forms: the same definitions, with their arguments as fields to fill in.
import { PluginError } from '../errors.js'
import type { CommandAnswer, CommandDesk, OfferedCommand, UserAddress } from '../ports.js'
import { fieldsOf, givenIn, type Given } from './arguments.js'
import type { Command } from './command.js'

export interface DeskOptions {
  readonly commands: readonly Command[]
  readonly isAllowed: (user: UserAddress, command: Command) => boolean
  readonly run: (user: UserAddress, command: Command, given: Given) => Promise<CommandAnswer>
}

export function createDesk({ commands, isAllowed, run }: DeskOptions): CommandDesk {
  const offers = new Map(commands.map(command => [command.name, { command, offer: offerOf(command) }]))
  const allowed = (user: UserAddress, name: string): Command => {
    const found = offers.get(name)?.command
    if (found && isAllowed(user, found)) return found
    throw new PluginError('command-invalid', 'There is no such command for you.')
  }
  return {
    offered: user =>
      [...offers.values()].filter(({ command }) => isAllowed(user, command)).map(({ offer }) => offer),
    find(user, name) {
      const found = offers.get(name)
      if (!found) return null
      return isAllowed(user, found.command) ? found.offer : 'forbidden'
    },
    ensure: ({ fields }, filled) => void givenIn(fields, filled),
    async run(user, { name, fields }, filled) {
      // Whoever was an admin when he began may be none now.
      return run(user, allowed(user, name), givenIn(fields, filled))
    },
  }
}

function offerOf(command: Command): OfferedCommand {
  const { name, title, help, warning = null } = command
  return { name, title: title ?? help, help, warning, fields: fieldsOf(command) }
}
