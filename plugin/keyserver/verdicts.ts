// Answers about entries of the ring, for everyone to ask, remembered while nothing changes that they rest on: questions from
// outside must not keep the thread busy that opens users' messages.
import { nextChange, parseCertificate } from '../openpgp/index.js'
import type { Directory } from '../pki/index.js'
import type { Clock, Domain, RingEntry } from '../ports.js'

/** Why a certificate on the ring is not trusted now; what servers do is noticed within a minute. See `Directory.doubt`. */
export type Doubt = Directory['doubt']

const minute = 60_000

/** How long an answer holds while its entry stays as it is. */
interface Validity {
  /** What else the answer rests on: it is asked again when this differs. A promise only where it must be found out. */
  readonly basis: (entry: RingEntry) => string | Promise<string>
  /** Until when it holds at most, milliseconds. */
  readonly end: (entry: RingEntry, now: number) => number
  /** Answers that are remembered. */
  readonly most: number
}

const forMinute: Validity = {
  basis: () => '',
  end: (_, now) => now + minute,
  most: 10_000,
}

/** Asks about an entry of the ring, or gives what was answered while it holds: by default at most a minute ago. */
export function remembered<Answer>(
  ask: (entry: RingEntry) => Promise<Answer>,
  clock: Clock,
  validity = forMinute,
): (entry: RingEntry) => Promise<Answer> {
  const known = new Map<string, { changed: number; basis: string; until: number; answer: Promise<Answer> }>()
  const answerTo = (entry: RingEntry, basis: string): Promise<Answer> => {
    const [name, now] = [`${entry.kind} ${entry.subject}`, clock.now()]
    const last = known.get(name)
    if (last?.changed === entry.changed && last.basis === basis && now < last.until) return last.answer
    const answer = ask(entry)
    // The oldest come first; what failed is asked again.
    known.delete(name)
    const [oldest] = known.keys()
    if (known.size >= validity.most && oldest !== undefined) known.delete(oldest)
    known.set(name, { changed: entry.changed, basis, until: validity.end(entry, now), answer })
    answer.catch(() => known.delete(name))
    return answer
  }
  return entry => {
    const basis = validity.basis(entry)
    return typeof basis === 'string' ? answerTo(entry, basis) : basis.then(found => answerTo(entry, found))
  }
}

/**
 * Verdicts. One of a user rests on what stands in his certificate, on who may certify him, and on the time; one of a server
 * rests on other certificates too, and holds for a minute.
 */
export function createVerdicts(directory: Pick<Directory, 'doubt' | 'signers'>, clock: Clock): Doubt {
  const authoritiesOf = createAuthorities(directory, clock)
  return remembered(entry => directory.doubt(entry), clock, {
    basis: ({ kind, domain }) => (kind === 'user' ? authoritiesOf(domain) : ''),
    end: ({ kind, certificate }, now) =>
      kind === 'user' ? nextChange(parseCertificate(certificate), now) : now + minute,
    most: 131_072,
  })
}

// Who is trusted to certify a domain's users now, or was at most a minute ago.
function createAuthorities({ signers }: Pick<Directory, 'signers'>, clock: Clock) {
  const known = new Map<Domain, { readonly until: number; authorities: string | Promise<string> }>()
  return (domain: Domain): string | Promise<string> => {
    const last = known.get(domain)
    if (last !== undefined && clock.now() < last.until) return last.authorities
    const asked = signers(domain).then(all => all.map(({ fingerprint }) => fingerprint).join())
    const entry = { until: clock.now() + minute, authorities: asked as string | Promise<string> }
    known.set(domain, entry)
    asked.then(
      found => (entry.authorities = found),
      () => known.delete(domain),
    )
    return asked
  }
}
