// What each family of commands works with: the one place that connects commands with the features.
import {
  createCommandTable,
  custodyCommands,
  keyCommands,
  peerCommands,
  routeCommands,
  userAdminCommands,
} from './commands/index.js'
import type { Command, CommandTable } from './commands/index.js'
import { ensureValidRoute } from './delivery/index.js'
import type { Custody, LocalUsers } from './identity/index.js'
import type { Directory, PeerList } from './pki/index.js'
import type { Log, Store, UserAddress } from './ports.js'

export interface ServiceParts {
  readonly admins: readonly UserAddress[]
  readonly contactAddress: string
  readonly log: Log
  readonly store: Store
  readonly locals: LocalUsers
  readonly custody: Custody
  readonly directory: Directory
  readonly peers: PeerList
}

/** The commands of a running plugin. */
export function createServiceCommands(parts: ServiceParts): CommandTable {
  return createCommandTable({ ...parts, commands: families.flatMap(family => family(parts)) })
}

const families: readonly ((parts: ServiceParts) => readonly Command[])[] = [
  ({ locals }) => keyCommands(async user => (await locals.enrolled(user)).fingerprint),
  ({ custody }) => custodyCommands(custody),
  ({ store }) => routeCommands({ routes: store, ensureValid: ensureValidRoute }),
  ({ peers }) => peerCommands(peers),
  ({ directory }) => userAdminCommands(directory),
]
