// Tells when a lent room stops being a context and when it is one again: the admins, and its owners, where they can do something.
import type { Alarm } from '../alarms.js'
import { domainOf } from '../addresses.js'
import type { PluginError } from '../errors.js'
import type { ContextAddress, Domain, Log, RoomChanged, UserAddress, UserLink } from '../ports.js'

export interface NoticeOptions {
  /** Tells admins. */
  readonly alarm: Alarm
  readonly domain: Domain
  readonly admins: readonly UserAddress[]
  readonly users: Pick<UserLink, 'deliver'>
  readonly log: Log
}

/** Says nothing of the first state, which whoever lends the room is answered; then each change once. */
export function createNotices(options: NoticeOptions, room: ContextAddress): RoomChanged {
  const { alarm } = options
  const admins = createEdge(reason => reason !== null)
  // That the host does not answer is nothing that an owner can mend; once he was told something, he is told how it ends.
  const people = createEdge(
    (reason, isBad) => reason !== null && (isBad || reason.code === 'context-refused'),
  )
  return (reason, owners) => {
    const text = reason
      ? `The room ${room} is no context any more: ${reason.message}`
      : `The room ${room} is a context again.`
    if (admins(reason)) alarm(null, text)
    if (people(reason)) tellOwners(options, owners, text)
  }
}

// Whether it is bad now and was not, or the other way round.
function createEdge(judge: (reason: PluginError | null, isBad: boolean) => boolean) {
  let state: boolean | null = null
  return (reason: PluginError | null): boolean => {
    const before = state
    state = judge(reason, before === true)
    return before !== null && before !== state
  }
}

// Admins have heard it already.
function tellOwners(
  { users, domain, admins, log }: NoticeOptions,
  owners: readonly UserAddress[],
  body: string,
): void {
  for (const user of owners.filter(owner => domainOf(owner) === domain && !admins.includes(owner)))
    users.deliver({ user, contact: null, body }).catch((error: unknown) => {
      log.warn({ err: error }, 'The owner of a lent room could not be told what became of it.')
    })
}
