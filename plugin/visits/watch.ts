// Ends visits whose key counts no more, and tells accounts of ends that they did not ask for.
import type { Directory } from '../pki/index.js'
import type { Cancel, Clock, Log, UserLink } from '../ports.js'
import { every } from '../repeat.js'
import type { Visits } from './registry.js'
import type { Visit, VisitChange } from './visit.js'
import { endWords } from './words.js'

export interface VisitWatchOptions {
  readonly visits: Visits
  readonly directory: Pick<Directory, 'known'>
  readonly users: Pick<UserLink, 'deliver'>
  readonly clock: Clock
  readonly log: Log
}

const lookEvery = 60_000

/** Begins to look; the host must be connected. */
export function watchVisits({ visits, directory, users, clock, log }: VisitWatchOptions): Cancel {
  const look = async (): Promise<void> => {
    try {
      for (const visit of visits.all())
        if (!(await isGood(directory, visit))) await visits.end(visit.account, 'revoked')
    } catch (error) {
      log.error({ err: error }, 'The keys of visitors could not be looked at; trying again in a minute.')
    }
  }
  const tell = (visit: Visit, change: VisitChange): void => {
    const body = change === 'begun' || change === 'changed' ? null : endWords(visit, change)
    if (body !== null) void users.deliver({ user: visit.account, contact: null, body }).catch(() => null)
  }
  const cancels = [visits.onChange(tell), every(clock, lookEvery, look)]
  return () => {
    for (const cancel of cancels) cancel()
  }
}

async function isGood(
  directory: VisitWatchOptions['directory'],
  { user, fingerprint }: Visit,
): Promise<boolean> {
  const known = await directory.known(user)
  return known?.certificate.fingerprint === fingerprint && known.doubt === null
}
