// All migrations in their order. Once released they are never edited and never removed.
import type { Knex } from 'knex'
import { up as foundation } from './0001-foundation.js'
import { up as ringKeys } from './0002-ring-keys.js'
import { up as deliveries } from './0003-deliveries.js'
import { up as dnsSeen } from './0004-dns-seen.js'
import { up as peers } from './0005-peers.js'
import { up as x509 } from './0006-x509.js'
import { up as keyChanges } from './0007-key-changes.js'
import { up as suspensions } from './0008-suspensions.js'
import { up as unshown } from './0009-unshown.js'
import { up as keySightings } from './0010-key-sightings.js'
import { up as routingRules } from './0011-routing-rules.js'
import { up as visits } from './0012-visits.js'
import { up as visited } from './0013-visited.js'
import { up as rooms } from './0014-rooms.js'
import { up as contactLists } from './0015-contact-lists.js'
import { up as x509Peers } from './0016-x509-peers.js'
import { up as pseudonyms } from './0017-pseudonyms.js'
import { up as accountMarks } from './0018-account-marks.js'

/** One step forward; there are no steps back. */
export interface Migration {
  /** Recorded in the database, so the same for source and compiled files. */
  readonly name: string
  readonly up: (db: Knex) => Promise<void>
}

export const migrations: readonly Migration[] = [
  { name: '0001-foundation', up: foundation },
  { name: '0002-ring-keys', up: ringKeys },
  { name: '0003-deliveries', up: deliveries },
  { name: '0004-dns-seen', up: dnsSeen },
  { name: '0005-peers', up: peers },
  { name: '0006-x509', up: x509 },
  { name: '0007-key-changes', up: keyChanges },
  { name: '0008-suspensions', up: suspensions },
  { name: '0009-unshown', up: unshown },
  { name: '0010-key-sightings', up: keySightings },
  { name: '0011-routing-rules', up: routingRules },
  { name: '0012-visits', up: visits },
  { name: '0013-visited', up: visited },
  { name: '0014-rooms', up: rooms },
  { name: '0015-contact-lists', up: contactLists },
  { name: '0016-x509-peers', up: x509Peers },
  { name: '0017-pseudonyms', up: pseudonyms },
  { name: '0018-account-marks', up: accountMarks },
]
