// Users of other servers who are here, as mail sees them: found by contact tags, and kept account of for their home (PROTO s12).
import type { Mor } from '../mor/index.js'
import type { Federation } from '../pki/index.js'
import type { Cancel, Clock, Counters, DeliveryStore, Log, UserAddress } from '../ports.js'
import type { Sealer } from '../sealer.js'
import type { Visits } from '../visits/index.js'
import { createContactTags } from './contact-tags.js'
import { createHandover } from './handover.js'
import type { Absences } from './absences.js'
import type { Receiver, VouchedParcel } from './receiver.js'
import { createVisited } from './visited.js'

export interface VisitorOptions {
  readonly visits: Pick<Visits, 'all' | 'byUser' | 'end' | 'onChange'>
  readonly federation: Pick<Federation, 'peers' | 'ask'>
  readonly absences: Pick<Absences, 'isAway' | 'isThere'>
  readonly receiver: Pick<Receiver, 'receive' | 'close'>
  readonly store: DeliveryStore
  readonly sealer: Sealer
  readonly clock: Clock
  readonly counters: Counters
  readonly log: Log
}

export interface Visitors {
  /** The visitor for whom an onion with that tag is. */
  find(tag: Buffer): UserAddress | null
  /** Takes a parcel for a visitor whose voucher is valid. */
  take(visitor: UserAddress, parcel: VouchedParcel): Promise<void>
  start(mor: Pick<Mor, 'expect'>): Promise<void>
  stop: Cancel
}

export function createVisitors(options: VisitorOptions): Visitors {
  const { visits, receiver, counters } = options
  const tags = createContactTags(options)
  const visited = createVisited(options)
  const handover = createHandover({ ...options, tags, visited })
  const receive = async (visitor: UserAddress, parcel: VouchedParcel): Promise<void> => {
    const proof = visits.byUser(visitor)?.proof
    // It came while his home was being told.
    if (!proof || !tags.isOpen(visitor)) return
    const { sender, recipient, conversation, server } = parcel
    await visited.note({ sender, recipient, conversation, server, proof })
    counters.count('parcels for visitors')
    await receiver.receive(parcel)
  }
  return {
    find: tags.find,
    take: (visitor, parcel) => handover.take(visitor, () => receive(visitor, parcel)),
    async start(mor) {
      await visited.start()
      await handover.start()
      tags.start(mor)
    },
    stop() {
      tags.stop()
      handover.stop()
    },
  }
}
