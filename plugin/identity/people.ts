// All that is done about this server's users, put together: custody, certification, publication, daily rounds.
import { isPseudonym } from '../addresses.js'
import type { UserKey } from '../openpgp/index.js'
import type { Directory } from '../pki/index.js'
import type { Cancel, Clock, Counters, Domain, Host, Log, Random, Store, UserAddress } from '../ports.js'
import type { Sealer } from '../sealer.js'
import type { Work } from '../work.js'
import { createAccountWatch, type AccountWatchOptions, type EnsureSameAccount } from './account-watch.js'
import { createErasure, type Erase } from './erasure.js'
import { createKeyExport, type KeyExport } from './key-export.js'
import { createCustody, type Custody, type CustodyOptions } from './custody.js'
import { createOwnKey } from './own-key.js'
import { createPseudonyms, type PseudonymOptions, type Pseudonyms } from './pseudonyms.js'
import { createPublication } from './publication.js'
import { startRounds } from './rounds.js'
import { createLocalUsers, type LocalUsers } from './users.js'

export interface PeopleOptions {
  readonly domain: Domain
  readonly host: Pick<Host, 'users' | 'accounts'>
  readonly store: Store
  readonly sealer: Sealer
  readonly directory: Directory
  readonly tellHolder: CustodyOptions['tellHolder']
  readonly pseudonyms: PseudonymOptions['pseudonyms']
  readonly dropped: PseudonymOptions['dropped']
  readonly replaced: AccountWatchOptions['replaced']
  readonly work: Work
  readonly clock: Clock
  readonly random: Random
  readonly counters: Counters
  readonly log: Log
}

export interface People {
  readonly ensureSameAccount: EnsureSameAccount
  readonly locals: LocalUsers
  readonly custody: Custody
  readonly exportKey: KeyExport
  readonly erase: Erase
  readonly pseudonyms: Pseudonyms
  /** The key under which the plugin itself talks to clients that hold their user's key. */
  readonly ownKey: () => Promise<UserKey>
  /** To be called when the certificate of an own user changed. */
  changed(user: UserAddress): void
  /** Begins the daily rounds; the host must be connected. */
  start(): void
  readonly stop: Cancel
}

export function createPeople(options: PeopleOptions): People {
  const { host, store, clock } = options
  const shared = { ...options, accounts: host.accounts, ring: store }
  const ensureSameAccount = createAccountWatch(shared)
  const locals = createLocalUsers(options)
  const publication = createPublication({ ...shared, locals })
  const pseudonyms = createPseudonyms({ ...shared, locals })
  const custody = createCustody({ ...shared, locals, publication })
  let stopRounds: Cancel | null = null
  return {
    ensureSameAccount,
    locals,
    custody,
    exportKey: createKeyExport({ ...options, locals }),
    erase: createErasure({ ...options, locals, publication, pseudonyms }),
    pseudonyms,
    ownKey: createOwnKey(options, host.users.address, clock),
    // A pseudonym has no account where its key could be put.
    changed(user) {
      if (!isPseudonym(user)) publication.plan(user)
    },
    start() {
      stopRounds = startRounds({ ...shared, ensureSameAccount, locals, publication, pseudonyms })
      pseudonyms.start()
    },
    stop() {
      stopRounds?.()
      pseudonyms.stop()
      publication.stop()
    },
  }
}
