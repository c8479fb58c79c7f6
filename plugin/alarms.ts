// Tells the admins what needs them, in the log and in chat.
import type { Domain, Log, UserAddress, UserLink } from './ports.js'

/** Tells it once; whoever calls sees to it that it does not come again and again. `peer` is whom it is about, if anybody. */
export type Alarm = (peer: Domain | null, text: string) => void

export interface AlarmOptions {
  readonly admins: readonly UserAddress[]
  readonly users: Pick<UserLink, 'deliver'>
  readonly log: Log
}

export function createAlarm({ admins, users, log }: AlarmOptions): Alarm {
  return (peer, text) => {
    log.warn({ ...(peer !== null && { peer }) }, text)
    for (const user of admins)
      users.deliver({ user, contact: null, body: text }).catch((error: unknown) => {
        log.warn({ err: error }, 'An admin could not be told of an alarm.')
      })
  }
}
