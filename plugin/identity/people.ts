// All that is done about this server's users, put together: custody, certification, publication, daily rounds.
import type { UserKey } from '../openpgp/index.js'
import type { Directory } from '../pki/index.js'
import type { Cancel, Clock, Counters, Domain, Host, Log, Random, Store, UserAddress } from '../ports.js'
import type { Sealer } from '../sealer.js'
import type { Work } from '../work.js'
import { createErasure, type Erase } from './erasure.js'
import { createKeyExport, type KeyExport } from './key-export.js'
import { createCustody, type Custody, type CustodyOptions } from './custody.js'
import { createOwnKey } from './own-key.js'
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
  readonly work: Work
  readonly clock: Clock
  readonly random: Random
  readonly counters: Counters
  readonly log: Log
}

export interface People {
  readonly locals: LocalUsers
  readonly custody: Custody
  readonly exportKey: KeyExport
  readonly erase: Erase
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
  const locals = createLocalUsers(options)
  const publication = createPublication({ ...shared, locals })
  const custody = createCustody({ ...shared, locals, publication })
  let stopRounds: Cancel | null = null
  return {
    locals,
    custody,
    exportKey: createKeyExport({ ...options, locals }),
    erase: createErasure({ ...options, locals, publication }),
    ownKey: createOwnKey(options, host.users.address, clock),
    changed: publication.plan,
    start() {
      stopRounds = startRounds({ ...shared, locals, publication })
    },
    stop() {
      stopRounds?.()
      publication.stop()
    },
  }
}
