// Tells peers that something changed; one that does not answer is told again, at random times, for some hours (PROTO s9.4).
import { createAgenda } from '../agenda.js'
import { retryAfter } from '../pauses.js'
import type { Cancel, Clock, Counters, Random } from '../ports.js'
import type { Peer } from './contacts.js'

export interface Telling {
  tell(topic: string, peers: readonly Peer[]): void
  stop: Cancel
}

export interface TellingOptions {
  /** Rejects where the peer did not answer. */
  readonly ask: (peer: Peer, topic: string) => Promise<unknown>
  readonly isPeer: (peer: Peer) => boolean
  readonly clock: Clock
  readonly random: Random
  readonly counters: Counters
}

interface Word {
  readonly peer: Peer
  readonly topic: string
}

const firstRetry = 10_000
const lastRetry = 600_000
// About four hours: by then a peer has asked again by itself, whatever it was about.
const mostRetries = 30

export function createTelling({ ask, isPeer, clock, random, counters }: TellingOptions): Telling {
  // How often a peer missed a word that it is to be told again.
  const missed = new Map<string, number>()
  const say = async (word: Word): Promise<void> => {
    const name = nameOf(word)
    try {
      await ask(word.peer, word.topic)
      missed.delete(name)
    } catch {
      counters.count('peers not told')
      planAgain(word, name)
    }
  }
  const planAgain = (word: Word, name: string): void => {
    const times = missed.get(name) ?? 0
    if (times === mostRetries) return void missed.delete(name)
    missed.set(name, times + 1)
    agenda.plan(word, retryAfter(times, firstRetry, lastRetry, random))
  }
  const agenda = createAgenda<Word>(clock, nameOf, async word => {
    if (!missed.has(nameOf(word))) return
    if (isPeer(word.peer)) await say(word)
    else missed.delete(nameOf(word))
  })
  return {
    tell(topic, peers) {
      for (const peer of peers) void say({ peer, topic })
    },
    stop: agenda.stop,
  }
}

function nameOf({ peer, topic }: Word): string {
  return `${peer.domain} ${topic}`
}
