// Servers that show another key than the known one: nothing is trusted of them until it is clear which is right (PROTO s9.8).
import { PluginError } from '../errors.js'
import type {
  Clock,
  Domain,
  Fingerprint,
  KeyChange,
  KeyChangeStore,
  KeySighting,
  Suspension,
} from '../ports.js'
import { createTurns } from '../turns.js'

/** What happened to a server that shows, or showed, another key. */
export interface SuspensionChange {
  /** `returned`: it shows the known key again; `accepted`: the other one took its place. */
  readonly kind: 'suspended' | 'returned' | 'accepted'
  readonly suspension: Suspension
  /** Why the other key was accepted, `null` where it was not. */
  readonly how: KeyChange['how'] | null
}

/** A look at a server that shows another key than the known one. */
export type Sight = Pick<Suspension, 'domain' | 'known' | 'shown' | 'place'>

export interface Suspensions {
  all(): Promise<readonly Suspension[]>
  of(domain: Domain): Promise<Suspension | null>
  /** Keeps that it shows another key, now. */
  shown(sight: Sight): Promise<void>
  /** Lets the key be taken when it is shown the next time, or no more; nothing where it shows another one by now. */
  allow(domain: Domain, shown: Fingerprint, allowed: Suspension['allowed']): Promise<void>
  /** It is over: the known key is back (`null`), or another one took its place. */
  end(domain: Domain, how: KeyChange['how'] | null): Promise<void>
  /** What other servers say of its key. */
  sightings(domain: Domain): Promise<readonly KeySighting[]>
  /** Keeps what another server says. What it saw no later than what it said before is no news. */
  heard(sighting: Omit<KeySighting, 'heardSince' | 'heard'>): Promise<void>
  /**
   * Calls for what happens. `suspended` comes again at each look until all handlers have resolved once, over restarts;
   * a handler that rejects could tell nobody.
   */
  onChange(handler: (change: SuspensionChange) => Promise<void>): void
}

// It is looked at every minute or two. What lies between two looks that are farther apart was not seen, and a clock that
// somebody sets forward by a week must not count for a week.
const longestGap = 15 * 60_000
/** What another server said is its view for so long, milliseconds; who sees it still says so every hour. */
export const freshFor = 3 * 3_600_000

export function createSuspensions(store: KeyChangeStore, clock: Clock): Suspensions {
  const inTurn = createTurns()
  const tell = createTeller()
  let loaded: Promise<Map<Domain, Suspension>> | null = null
  const known = (): Promise<Map<Domain, Suspension>> => {
    loaded ??= load(store)
    // What failed once is tried again.
    loaded.catch(() => (loaded = null))
    return loaded
  }
  const keep = async (suspension: Suspension): Promise<void> => {
    await store.saveSuspension(suspension)
    ;(await known()).set(suspension.domain, suspension)
  }
  const change = (domain: Domain, shown: Fingerprint, fields: Partial<Suspension>): Promise<void> =>
    inTurn(async () => {
      const suspension = (await known()).get(domain)
      if (suspension?.shown === shown) await keep({ ...suspension, ...fields })
    })
  return {
    all: async () => [...(await known()).values()],
    of: async domain => (await known()).get(domain) ?? null,
    shown: sight =>
      inTurn(async () => {
        const suspension = afterLook((await known()).get(sight.domain), sight, clock.now())
        await keep(suspension)
        if (!suspension.told) tell.again(suspension, () => change(sight.domain, sight.shown, { told: true }))
      }),
    allow: (domain, shown, allowed) => change(domain, shown, { allowed }),
    end: (domain, how) =>
      inTurn(async () => {
        const suspension = (await known()).get(domain)
        if (!suspension) return
        await store.removeSuspension(domain)
        await store.removeSightings(domain)
        ;(await known()).delete(domain)
        tell.once({ kind: how === null ? 'returned' : 'accepted', suspension, how })
      }),
    sightings: domain => store.sightingsOf(domain),
    heard: sighting =>
      inTurn(async () => {
        const before = (await store.sightingsOf(sighting.domain)).find(
          ({ witness }) => witness === sighting.witness,
        )
        if (before && before.seen >= sighting.seen) return
        await store.saveSighting(afterHearing(before, sighting, clock.now()))
      }),
    onChange: tell.on,
  }
}

/** @throws PluginError `peer-suspended`, in words for a user who writes there */
export async function ensureNotSuspended(suspensions: Suspensions, domain: Domain): Promise<void> {
  if (await suspensions.of(domain)) throw new PluginError('peer-suspended', suspendedWords(domain))
}

function suspendedWords(domain: Domain): string {
  return [
    `Messages to ${domain} are stopped, and nothing was sent: that server can not prove any more that it is the same as before.`,
    'It may have been set up anew, or somebody has put himself in its place to read along. The admins of your server were told.',
    'If it is urgent, reach your contact in another way, and write no secrets there.',
  ].join(' ')
}

async function load(store: KeyChangeStore): Promise<Map<Domain, Suspension>> {
  return new Map((await store.loadSuspensions()).map(suspension => [suspension.domain, suspension]))
}

function afterLook(before: Suspension | undefined, sight: Sight, now: number): Suspension {
  if (before?.shown !== sight.shown || before.known !== sight.known)
    return { ...sight, since: now, seen: now, seenFor: 0, allowed: null, told: false }
  const gap = Math.min(longestGap, Math.max(0, now - before.seen))
  return { ...before, place: sight.place, seen: now, seenFor: before.seenFor + gap }
}

function afterHearing(
  before: KeySighting | undefined,
  sighting: Omit<KeySighting, 'heardSince' | 'heard'>,
  now: number,
): KeySighting {
  const goesOn = before?.fingerprint === sighting.fingerprint && Math.abs(now - before.heard) <= freshFor
  return { ...sighting, heardSince: goesOn ? before.heardSince : now, heard: now }
}

interface Teller {
  on(handler: (change: SuspensionChange) => Promise<void>): void
  once(change: SuspensionChange): void
  /** Tells of a suspension, one at a time for each server; `done` when everybody was told. */
  again(suspension: Suspension, done: () => Promise<void>): void
}

// Whoever tells may wait for the host for long; nothing here waits for that.
function createTeller(): Teller {
  const handlers: ((change: SuspensionChange) => Promise<void>)[] = []
  const telling = new Set<string>()
  const tell = async (change: SuspensionChange): Promise<boolean> => {
    const told = await Promise.allSettled(handlers.map(handler => handler(change)))
    return told.every(({ status }) => status === 'fulfilled')
  }
  return {
    on: handler => void handlers.push(handler),
    once: change => void tell(change),
    again(suspension, done) {
      const name = `${suspension.domain} ${suspension.shown}`
      if (telling.has(name)) return
      telling.add(name)
      void tell({ kind: 'suspended', suspension, how: null })
        .then(isTold => (isTold ? done() : undefined))
        // Where it can not be written down now, it is told once more.
        .catch(() => undefined)
        .finally(() => telling.delete(name))
    },
  }
}
