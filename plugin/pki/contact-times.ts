// When to look at which peer: every hour, soon after a failure, and when there is a reason.
import { createAgenda } from '../agenda.js'
import { around, retryAfter } from '../pauses.js'
import type { Cancel, Clock, Domain, Random } from '../ports.js'

export interface ContactTimes {
  /** Looks at once, as for the first time. */
  begin(domain: Domain): void
  /** Looks soon, and not more often than once a minute; only at who was looked at before. */
  lookAgain(domain: Domain): void
  stop: Cancel
}

const firstRetry = 1_000
const lastRetry = 60_000
/** How often a certificate is fetched from elsewhere: routing keys change weekly and overlap for a week. */
export const refreshEvery = 12 * 3_600_000
// Whoever passes everything on and shows another key in one place is noticed by looking there.
const lookEvery = 3_600_000

/** @param look must not reject; resolves to whether it went well, or `null` where that one is no peer any more */
export function createContactTimes(
  clock: Clock,
  random: Random,
  look: (domain: Domain) => Promise<boolean | null>,
): ContactTimes {
  const attempts = new Map<Domain, { readonly at: number; readonly failed: number }>()
  const run = async (domain: Domain): Promise<void> => {
    const failed = attempts.get(domain)?.failed ?? 0
    attempts.set(domain, { at: clock.steady(), failed })
    const isWell = await look(domain)
    if (isWell === null) return
    attempts.set(domain, { at: clock.steady(), failed: isWell ? 0 : Math.min(failed + 1, 10) })
    agenda.plan(
      domain,
      isWell ? around(lookEvery, random) : retryAfter(failed, firstRetry, lastRetry, random),
    )
  }
  const agenda = createAgenda<Domain>(clock, domain => domain, run)
  return {
    begin(domain) {
      attempts.delete(domain)
      agenda.plan(domain, 0)
    },
    lookAgain(domain) {
      const last = attempts.get(domain)
      if (last) agenda.plan(domain, Math.max(0, last.at + lastRetry - clock.steady()))
    },
    stop: agenda.stop,
  }
}
