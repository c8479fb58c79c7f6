// Tells the admins what needs them, in the log and in chat.
import type { Domain, Log, UserAddress, UserLink } from './ports.js'

/**
 * Tells it once; whoever calls sees to it that it does not come again and again. `peer` is whom it is about, if anybody.
 * Under a `once` the host tells it no admin again, also after a restart (see `ChatMessage`).
 */
export type Alarm = (peer: Domain | null, text: string, once?: string) => void

export interface AlarmOptions {
  readonly admins: readonly UserAddress[]
  readonly users: Pick<UserLink, 'deliver'>
  readonly log: Log
}

export function createAlarm({ admins, users, log }: AlarmOptions): Alarm {
  return (peer, text, once) => {
    log.warn({ ...(peer !== null && { peer }) }, text)
    for (const user of admins)
      users
        .deliver({ user, contact: null, body: text, ...(once !== undefined && { once }) })
        .catch((error: unknown) => {
          log.warn({ err: error }, 'An admin could not be told of an alarm.')
        })
  }
}
