// Remembers the onions that passed, so that each is spoken again at most once, also after a restart (PROTO s8.3).
import { createHash } from 'node:crypto'
import type { Clock, Counters, OnionStore, Random } from '../ports.js'
import { every } from '../repeat.js'
import { createNameSet, type NameSet } from './name-set.js'

/** How long an onion is remembered at least. */
const seenFor = 86_400_000
const flushEvery = 250
const hashLength = 16
// Two generations of it take 140 MB at most. Only the fastest clock, never without an onion, fills one in half a day.
const mostYoung = 2_000_000
const loadedAtATime = 10_000
// Some minutes of a disk that takes nothing. What is left out is forgotten at the next start, and spoken once more then.
const mostUnwritten = 20_000

/** Name of an onion in memory: the first 16 octets of its SHA-256. */
export function onionHash(onion: Buffer): Buffer {
  return createHash('sha256').update(onion).digest().subarray(0, hashLength)
}

export interface Seen {
  /** Remembers an onion. `false`: it was known. */
  add(hash: Buffer): boolean
  /** Writes what is not on disk yet. */
  flush(): Promise<void>
  stop(): Promise<void>
}

/** Opens the memory and fills it from the store. Two generations make forgetting free of long pauses. */
export async function openSeen(
  store: OnionStore,
  clock: Clock,
  counters: Counters,
  random: Random,
): Promise<Seen> {
  // A server that is restarted each day would never come to it.
  await store.expire(clock.now())
  let young = createNameSet(random)
  let old = createNameSet(random)
  await load(store, clock.now(), young)
  let unwritten: { hash: Buffer; expires: number }[] = []
  let written = Promise.resolve()

  const flush = (): Promise<void> => {
    const batch = unwritten
    if (batch.length === 0) return written
    unwritten = []
    written = written
      .then(() => store.addSeen(batch))
      .catch(() => {
        counters.count('seen not stored')
        unwritten = [...batch, ...unwritten].slice(-mostUnwritten)
      })
    return written
  }
  const turn = (): void => {
    old = young
    young = createNameSet(random)
  }
  const age = async (): Promise<void> => {
    turn()
    await store.expire(clock.now()).catch(() => counters.count('seen not expired'))
  }
  const cancels = [every(clock, flushEvery, flush), every(clock, seenFor, age)]

  return {
    add(hash) {
      if (young.has(hash) || old.has(hash)) return false
      if (young.size >= mostYoung) turn()
      young.add(hash)
      unwritten.push({ hash, expires: clock.now() + 2 * seenFor })
      return true
    },
    flush,
    async stop() {
      for (const cancel of cancels) cancel()
      await flush()
    },
  }
}

// Some at a time: all at once they would take many times what they take here.
async function load(store: OnionStore, now: number, into: NameSet): Promise<void> {
  for (let after: Buffer | undefined, more = true; more;) {
    const hashes = await store.loadSeen(now, after, loadedAtATime)
    for (const hash of hashes) into.add(hash)
    after = hashes.at(-1)
    more = hashes.length === loadedAtATime
  }
}
