// Two servers see different keys of a third at the same time: somebody deceives one of them, and the admins are told (PROTO s9.9).
import type { Alarm } from '../alarms.js'
import { printFingerprint } from '../fingerprint.js'
import type { Cancel, Clock, Counters, Domain, Fingerprint } from '../ports.js'

/** What a server sees of another one. */
export interface View {
  readonly fingerprint: Fingerprint
  /** Since when it is seen, and when it was looked at last, milliseconds. */
  readonly since: number
  readonly seen: number
}

export interface DisputeOptions {
  readonly alarm: Alarm
  readonly clock: Clock
  readonly counters: Counters
}

export interface KeyDisputes {
  /** A peer says what it sees of a server. */
  heard(witness: Domain, server: Domain, theirs: View): void
  stop: Cancel
}

// Whoever hears of another key looks again within a minute; until then the key may just have been changed everywhere.
const lookedBy = 120_000
// Whoever says another key each time is told of once a day.
const day = 86_400_000

/** @param ownView what is seen here, `null` where nothing is */
export function createKeyDisputes(
  { alarm, clock, counters }: DisputeOptions,
  ownView: (server: Domain) => Promise<View | null>,
): KeyDisputes {
  const waiting = new Map<string, Cancel>()
  const told = new Map<string, { readonly words: string; readonly at: number }>()
  const compare = async (witness: Domain, server: Domain, theirs: View): Promise<void> => {
    const ours = await ownView(server)
    if (!ours || ours.fingerprint === theirs.fingerprint || !isAtOnce(ours, theirs)) return
    const [pair, words] = [`${witness} ${server}`, wordsFor(witness, server, theirs, ours)]
    const last = told.get(pair)
    if (last && (last.words === words || clock.now() - last.at < day)) return
    told.set(pair, { words, at: clock.now() })
    counters.count('peers that see another key')
    alarm(server, words)
  }
  return {
    heard(witness, server, theirs) {
      const pair = `${witness} ${server}`
      waiting.get(pair)?.()
      const look = (): void => {
        waiting.delete(pair)
        void compare(witness, server, theirs)
      }
      waiting.set(pair, clock.after(lookedBy, look))
    },
    stop() {
      for (const cancel of waiting.values()) cancel()
    },
  }
}

function isAtOnce(one: View, other: View): boolean {
  return one.since <= other.seen && other.since <= one.seen
}

function wordsFor(witness: Domain, server: Domain, theirs: View, ours: View): string {
  return [
    `${witness} says that it sees the key ${printFingerprint(theirs.fingerprint)} at ${server}; this server sees ${printFingerprint(ours.fingerprint)} there.`,
    `One of the two is deceived, or ${witness} does not tell the truth. Nothing is changed by that;`,
    `ask the admin of ${server} in another way which key is right.`,
  ].join(' ')
}
