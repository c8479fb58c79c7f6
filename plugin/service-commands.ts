// What each family of commands works with: the one place that connects commands with the features.
import {
  createCommandTable,
  custodyCommands,
  keyCommands,
  keysCommands,
  peerCommands,
  routeCommands,
  userAdminCommands,
} from './commands/index.js'
import type { Command, CommandTable } from './commands/index.js'
import { ensureValidRoute } from './delivery/index.js'
import type { Custody, LocalUsers } from './identity/index.js'
import { armorCertificates } from './openpgp/index.js'
import type { Directory, Explainer, PeerList } from './pki/index.js'
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
  readonly explainer: Explainer
}

/** The commands of a running plugin. */
export function createServiceCommands(parts: ServiceParts): CommandTable {
  return createCommandTable({ ...parts, commands: families.flatMap(family => family(parts)) })
}

const families: readonly ((parts: ServiceParts) => readonly Command[])[] = [
  ({ locals, explainer }) =>
    keyCommands({ keyOf: async user => (await locals.enrolled(user)).fingerprint, explainer }),
  ({ custody }) => custodyCommands(custody),
  ({ store }) => routeCommands({ routes: store, ensureValid: ensureValidRoute }),
  ({ peers }) => peerCommands(peers),
  ({ store, explainer }) => keysCommands({ ring: store, explainer, armor: armorCertificates }),
  ({ directory }) => userAdminCommands(directory),
]
