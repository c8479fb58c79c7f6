// What each family of commands works with: the one place that connects commands with the features.
import {
  certificateCommands,
  createCommandTable,
  custodyCommands,
  keyCommands,
  keysCommands,
  peerCommands,
  routeCommands,
  statusCommands,
  transparentCommands,
  userAdminCommands,
  x509Commands,
} from './commands/index.js'
import type { Command, CommandTable } from './commands/index.js'
import { ensureValidRoute } from './delivery/index.js'
import type { Custody, LocalUsers } from './identity/index.js'
import { armorCertificates } from './openpgp/index.js'
import {
  changeOwnKey,
  type Directory,
  type Explainer,
  type Federation,
  type PeerList,
  type ServerIdentity,
} from './pki/index.js'
import type { Log, Store, UserAddress } from './ports.js'
import { x509Pin, type X509 } from './x509/index.js'
import { statusWords, type Status } from './status/index.js'
import { parseScope, type Transparent } from './transparent/index.js'

export interface ServiceParts {
  readonly admins: readonly UserAddress[]
  readonly contactAddress: string
  readonly log: Log
  readonly store: Store
  readonly locals: LocalUsers
  readonly custody: Custody
  readonly identity: ServerIdentity
  readonly directory: Directory
  readonly federation: Federation
  readonly peers: PeerList
  readonly explainer: Explainer
  readonly x509: X509
  readonly status: Status
  readonly transparent: Transparent
}

/** The commands of a running plugin. */
export function createServiceCommands(parts: ServiceParts): CommandTable {
  return createCommandTable({ ...parts, commands: families.flatMap(family => family(parts)) })
}

const families: readonly ((parts: ServiceParts) => readonly Command[])[] = [
  ({ locals, explainer }) =>
    keyCommands({ keyOf: async user => (await locals.enrolled(user)).fingerprint, explainer }),
  ({ custody }) => custodyCommands(custody),
  ({ transparent }) => transparentCommands({ ...transparent, parseScope }),
  ({ store }) => routeCommands({ routes: store, ensureValid: ensureValidRoute }),
  peerCommands,
  ({ store, explainer, identity, directory, federation }) =>
    keysCommands({
      ring: store,
      explainer,
      armor: armorCertificates,
      async change() {
        await changeOwnKey(identity, directory, federation)
        return identity.fingerprint
      },
    }),
  ({ directory }) => userAdminCommands(directory),
  ({ x509 }) => certificateCommands({ ...x509, pinOf: x509Pin }),
  ({ x509 }) => x509Commands({ ...x509, pinOf: x509Pin }),
  ({ status }) => statusCommands({ words: () => statusWords(status()), report: status }),
]
