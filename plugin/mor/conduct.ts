// How peers behave as speakers: a cell that comes before its time is not looked at, faults are counted for a while, and a peer
// with too many is not listened to for a time that grows (PROTO s8.6).
import type { Cancel, Clock, ContextAddress, Counters, Domain } from '../ports.js'
import { every } from '../repeat.js'

/** A context as its speaker declares it; `interval` is in milliseconds. */
export interface DeclaredContext {
  readonly address: ContextAddress
  readonly speaker: Domain
  readonly interval: number
}

/**
 * What only the speaker itself can have done. What is wrong inside an onion is nobody's fault here: honest servers speak
 * onions again that they cannot open.
 */
export type Fault = 'too fast' | 'unreadable' | 'malformed' | 'repeated'

export interface ConductState {
  /** Seconds of its clock that its faults are worth now. */
  readonly score: number
  /** Seconds for which it is not listened to any more; `null` for one that is heard. */
  readonly mutedFor: number | null
  /** Cells that were not looked at because they came before their time, since the start. */
  readonly tooFast: number
}

export interface Conduct {
  /** Whether a cell of a context is looked at: it comes in time, and its speaker is not muted. Costs nothing else. */
  admits(context: DeclaredContext): boolean
  blame(context: DeclaredContext, fault: Fault): void
  isMuted(peer: Domain): boolean
  state(peer: Domain): ConductState
  /** Forgets the pace of a context that is not listened to any more; faults stay. */
  forget(context: ContextAddress): void
  stop: Cancel
}

export interface ConductOptions {
  readonly clock: Clock
  readonly counters: Counters
  /** Told once when a peer is muted, and once when it is heard again. */
  readonly alarm: (peer: Domain, text: string) => void
}

// What waited in a link that stood still comes at once, and clocks differ.
const burst = 20_000
const leastBurst = 16
const tolerance = 1.05
// An honest link that stood still for five minutes stays below it; ten times the pace reaches it in half a minute.
const mostScore = 300
const halfLife = 600_000
const firstMute = 60_000
const longestMute = 3_600_000
// After so long without another one, a peer begins again with the shortest.
const forgiveAfter = 24 * 3_600_000
const lookEvery = 1000

// Garbage costs an opening, and nobody sends it by accident for long.
const weights: Readonly<Record<Fault, number>> = {
  'too fast': 1,
  unreadable: 2,
  malformed: 2,
  repeated: 1,
}

const words: Readonly<Record<Fault, string>> = {
  'too fast': 'it spoke faster than its clock',
  unreadable: 'it said what its members cannot read',
  malformed: 'it said what is no cell',
  repeated: 'it repeated itself',
}

interface Standing {
  score: number
  /** When the score was right, by the steady clock. */
  at: number
  mutedUntil: number
  /** The last mute's length, and when it began. */
  muted: number
  since: number
  tooFast: number
}

interface Pace {
  tokens: number
  at: number
}

export function createConduct({ clock, counters, alarm }: ConductOptions): Conduct {
  const records = new Map<Domain, Standing>()
  const paces = new Map<ContextAddress, Pace>()
  const muted = new Set<Domain>()
  const recordOf = (peer: Domain): Standing => {
    const record = records.get(peer) ?? newRecord(clock.steady())
    records.set(peer, record)
    return record
  }
  const blame = ({ speaker, interval }: DeclaredContext, fault: Fault): void => {
    counters.count(`faults of speakers: ${fault}`)
    const record = recordOf(speaker)
    fade(record, clock.steady())
    // A slow clock's cell is not worth hours.
    record.score += (Math.min(interval, 1000) / 1000) * weights[fault]
    if (fault === 'too fast') record.tooFast++
    if (record.score < mostScore || muted.has(speaker)) return
    mute(record, clock.steady())
    muted.add(speaker)
    counters.count('peers muted')
    alarm(speaker, mutedText(speaker, words[fault], record.muted))
  }
  const stop = every(clock, lookEvery, () => {
    for (const peer of muted) {
      if (recordOf(peer).mutedUntil > clock.steady()) continue
      muted.delete(peer)
      alarm(peer, `${peer} is listened to again.`)
    }
  })
  return {
    stop,
    blame,
    isMuted: peer => muted.has(peer),
    forget: context => void paces.delete(context),
    admits(context) {
      if (muted.has(context.speaker)) return false
      if (takeToken(paces, context, clock.steady())) return true
      blame(context, 'too fast')
      return false
    },
    state(peer) {
      const record = records.get(peer) ?? newRecord(clock.steady())
      fade(record, clock.steady())
      const left = Math.ceil((record.mutedUntil - clock.steady()) / 1000)
      return {
        score: Math.round(record.score),
        mutedFor: muted.has(peer) ? Math.max(0, left) : null,
        tooFast: record.tooFast,
      }
    },
  }
}

function newRecord(now: number): Standing {
  return { score: 0, at: now, mutedUntil: 0, muted: 0, since: -Infinity, tooFast: 0 }
}

function fade(record: Standing, now: number): void {
  record.score *= 0.5 ** ((now - record.at) / halfLife)
  record.at = now
}

function mute(record: Standing, now: number): void {
  const isForgiven = now - record.since > forgiveAfter
  record.muted = isForgiven ? firstMute : Math.min(2 * record.muted, longestMute)
  record.since = now
  record.mutedUntil = now + record.muted
  record.score = mostScore / 2
}

// A bucket of tokens: one comes with each tick of the declared clock, each cell takes one.
function takeToken(
  paces: Map<ContextAddress, Pace>,
  { address, interval }: DeclaredContext,
  now: number,
): boolean {
  const most = Math.max(leastBurst, burst / interval)
  const pace = paces.get(address) ?? { tokens: most, at: now }
  paces.set(address, pace)
  pace.tokens = Math.min(most, pace.tokens + ((now - pace.at) * tolerance) / interval)
  pace.at = now
  if (pace.tokens < 1) return false
  pace.tokens--
  return true
}

function mutedText(peer: Domain, reason: string, length: number): string {
  return (
    `${peer} is not listened to for ${String(length / 60_000)} minutes: ${reason}, again and again. ` +
    'Other servers carry on; messages of its own users wait. Ask its admin; p3do status shows how it goes on.'
  )
}
