// What each family of commands works with: the one place that connects commands with the features.
import { createCommandTable, keyCommands, peerCommands, routeCommands } from './commands/index.js'
import type { Command, CommandTable } from './commands/index.js'
import { ensureValidRoute } from './delivery/index.js'
import type { HostedUsers } from './identity/index.js'
import type { Federation } from './pki/index.js'
import type { Log, Store, UserAddress } from './ports.js'

export interface ServiceParts {
  readonly admins: readonly UserAddress[]
  readonly contactAddress: string
  readonly log: Log
  readonly store: Store
  readonly hosted: HostedUsers
  readonly federation: Federation
}

/** The commands of a running plugin. */
export function createServiceCommands(parts: ServiceParts): CommandTable {
  return createCommandTable({ ...parts, commands: families.flatMap(family => family(parts)) })
}

const families: readonly ((parts: ServiceParts) => readonly Command[])[] = [
  ({ hosted }) => keyCommands(async user => (await hosted.enrolled(user)).key.certificate.fingerprint),
  ({ store }) => routeCommands({ routes: store, ensureValid: ensureValidRoute }),
  ({ federation }) => peerCommands({ list: () => Promise.resolve(federation.peers()) }),
]
