// Verdicts for everyone to ask, remembered for a minute: questions from outside must not keep the thread busy that
// opens users' messages.
import type { Directory } from '../pki/index.js'
import type { Clock, RingEntry } from '../ports.js'

const lifetime = 60_000
const most = 10_000

/** Why a certificate on the ring is not trusted now, or was not at most a minute ago; see `Directory.doubt`. */
export type Doubt = Directory['doubt']

/** Asks about an entry of the ring, or gives what was answered at most a minute ago. */
export function remembered<Answer>(
  ask: (entry: RingEntry) => Promise<Answer>,
  clock: Clock,
): (entry: RingEntry) => Promise<Answer> {
  const known = new Map<string, { changed: number; until: number; answer: Promise<Answer> }>()
  return entry => {
    const name = `${entry.kind} ${entry.subject}`
    const last = known.get(name)
    if (last?.changed === entry.changed && clock.now() < last.until) return last.answer
    const answer = ask(entry)
    // The oldest come first; what failed is asked again.
    known.delete(name)
    const [oldest] = known.keys()
    if (known.size >= most && oldest !== undefined) known.delete(oldest)
    known.set(name, { changed: entry.changed, until: clock.now() + lifetime, answer })
    answer.catch(() => known.delete(name))
    return answer
  }
}
