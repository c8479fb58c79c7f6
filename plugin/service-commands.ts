// What each family of commands works with: the one place that connects commands with the features.
import {
  certificateCommands,
  contactsCommands,
  createCommandTable,
  custodyCommands,
  eraseCommands,
  keyCommands,
  keysCommands,
  peerCommands,
  pseudonymCommands,
  roomCommands,
  routeCommands,
  serverCommands,
  statusCommands,
  transparentCommands,
  userAdminCommands,
  visitCommands,
  visitsCommands,
  x509Commands,
} from './commands/index.js'
import { isPseudonym, parseUserAddress } from './addresses.js'
import type { Command, CommandTable, ListedUser } from './commands/index.js'
import { ensureValidRoute, type Delivery } from './delivery/index.js'
import type { Correspondents } from './gateway/index.js'
import type { People, Pseudonym } from './identity/index.js'
import { armorCertificates } from './openpgp/index.js'
import {
  changeOwnKey,
  type Directory,
  type Explainer,
  type Federation,
  type PeerList,
  type ServerIdentity,
} from './pki/index.js'
import type { Presence } from './presence/index.js'
import { eraseAll } from './service-erase.js'
import type { Clock, Domain, Host, Log, LogLevel, Store, UserAddress } from './ports.js'
import type { Visiting, Visits } from './visits/index.js'
import { x509Pin, type X509 } from './x509/index.js'
import type { Rooms } from './rooms/index.js'
import { statusWords, type Status } from './status/index.js'
import { parseScope, type Transparent } from './transparent/index.js'

export interface ServiceParts extends Pick<
  People,
  'locals' | 'custody' | 'exportKey' | 'erase' | 'pseudonyms'
> {
  readonly domain: Domain
  readonly host: Pick<Host, 'reconnect'>
  readonly clock: Clock
  readonly setLogLevel: (level: LogLevel) => void
  readonly reload: () => Promise<string>
  readonly delivery: Pick<Delivery, 'pendingOf'>
  readonly correspondents: Correspondents
  readonly admins: readonly UserAddress[]
  readonly contactAddress: string
  readonly log: Log
  readonly store: Store
  readonly identity: ServerIdentity
  readonly directory: Directory
  readonly federation: Federation
  readonly peers: PeerList
  readonly explainer: Explainer
  readonly x509: X509
  readonly status: Status
  readonly transparent: Transparent
  readonly rooms: Rooms
  readonly presence: Presence
  readonly visits: Visits
  readonly visiting: Visiting
}

/** The commands of a running plugin. */
export function createServiceCommands(parts: ServiceParts): CommandTable {
  return createCommandTable({ ...parts, commands: families.flatMap(family => family(parts)) })
}

const keyFamily = ({ locals, explainer, exportKey }: ServiceParts): Command[] =>
  keyCommands({ keyOf: async user => (await locals.enrolled(user)).fingerprint, explainer, exportKey })

const contactsFamily = ({ correspondents, delivery, explainer, visits }: ServiceParts): Command[] =>
  contactsCommands({
    ...correspondents,
    explainer,
    // What an account writes while somebody visits with it goes out as his.
    async pendingOf(account) {
      const visit = visits.byAccount(account)
      const users = visit ? [account, visit.user] : [account]
      const pending = await Promise.all(users.map(user => delivery.pendingOf(user)))
      return pending.flat().sort((one, other) => one.accepted - other.accepted)
    },
  })

const routeFamily = ({ store }: ServiceParts): Command[] =>
  routeCommands({ routes: store, ensureValid: ensureValidRoute })

function pseudonymFamily(parts: ServiceParts): Command[] {
  const { pseudonyms, locals, contactAddress } = parts
  const commands = [keyFamily, contactsFamily, routeFamily].flatMap(family => family(parts))
  const own = ({ address, state, due }: Pseudonym) => ({ address, readyAt: state === 'new' ? due : null })
  return pseudonymCommands({
    create: async (user, name) => own(await pseudonyms.create(user, name)),
    of: user => pseudonyms.of(user).map(own),
    own: (user, name) => own(pseudonyms.own(user, name)),
    drop: pseudonyms.drop,
    waitingOf: address => waitingOf(parts, [address]),
    keyOf: async address => (await locals.enrolled(address)).fingerprint,
    exampleFor: address => contactAddress.replace('@', `+${address.slice(0, address.indexOf('@'))}@`),
    forAccount: wanted => (user, words, secrets) => {
      const found = commands.find(({ name }) => name === wanted)
      if (found?.audience !== 'user') throw new TypeError('The commands of the account are not complete.')
      return found.run(user, words, secrets)
    },
  })
}

async function waitingOf({ delivery }: ServiceParts, users: readonly UserAddress[]): Promise<number> {
  const pending = await Promise.all(users.map(user => delivery.pendingOf(user)))
  return pending.flat().length
}

const families: readonly ((parts: ServiceParts) => readonly Command[])[] = [
  keyFamily,
  ({ custody }) => custodyCommands(custody),
  ({ transparent }) => transparentCommands({ ...transparent, parseScope }),
  contactsFamily,
  ({ rooms }) => roomCommands(rooms),
  routeFamily,
  pseudonymFamily,
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
  parts =>
    userAdminCommands({ listUsers: most => listUsers(parts, most), revokeUser: parts.directory.revokeUser }),
  ({ visiting }) => visitCommands(visiting),
  ({ visits }) => visitsCommands(visits.all),
  ({ x509 }) => certificateCommands({ ...x509, pinOf: x509Pin }),
  ({ x509 }) => x509Commands({ ...x509, pinOf: x509Pin }),
  ({ status }) => statusCommands({ words: () => statusWords(status()), report: status }),
  ({ status, setLogLevel, reload, clock, host }) =>
    serverCommands({
      report: status,
      setLogLevel,
      reload,
      reconnect: () => {
        clock.after(reconnectAfter, () => {
          host.reconnect()
        })
      },
    }),
  parts =>
    eraseCommands({
      waitingOf: user => waitingOf(parts, [user, ...parts.pseudonyms.of(user).map(({ address }) => address)]),
      erase: user => eraseAll(parts, user),
    }),
]

const reconnectAfter = 1000

async function listUsers({ store, domain, locals }: ServiceParts, most: number): Promise<ListedUser[]> {
  const users: ListedUser[] = []
  for (const { subject, fingerprint } of await store.list('user', domain, -1, most)) {
    const address = parseUserAddress(subject)
    if (isPseudonym(address)) continue
    const key = (await locals.find(address))?.key
    users.push({ user: subject, fingerprint, holder: key ? 'this server' : 'the client' })
  }
  return users
}
