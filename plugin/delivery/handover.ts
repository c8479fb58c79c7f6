// When the home of a visitor is there again: it is told how far his conversations came here, so that nothing is shown twice
// (PROTO s12.6).
import { homeOf } from '../addresses.js'
import { PluginError } from '../errors.js'
import type { Federation, Peer } from '../pki/index.js'
import type { Cancel, Clock, Counters, DeliveryStore, Log, UserAddress } from '../ports.js'
import { every } from '../repeat.js'
import type { Sealer } from '../sealer.js'
import type { Visits } from '../visits/index.js'
import type { ContactTags } from './contact-tags.js'
import type { Absences } from './absences.js'
import { incomingName, type Receiver } from './receiver.js'
import { isNoted, note } from './visit-notes.js'
import { pagesOf, type HandedConversation } from './visited-request.js'
import type { Visited, VisitedConversation } from './visited.js'

export interface HandoverOptions {
  readonly visits: Pick<Visits, 'all' | 'byUser' | 'end'>
  readonly visited: Visited
  readonly tags: ContactTags
  readonly receiver: Pick<Receiver, 'close'>
  readonly absences: Pick<Absences, 'isAway' | 'isThere'>
  readonly federation: Pick<Federation, 'peers' | 'ask'>
  readonly store: Pick<DeliveryStore, 'loadIncoming' | 'saveIncoming'>
  readonly sealer: Sealer
  readonly clock: Clock
  readonly counters: Counters
  readonly log: Log
}

export interface Handover {
  /** Takes in something for a visitor, unless his home is being told. */
  take(user: UserAddress, run: () => Promise<void>): Promise<void>
  /** Before anything comes in. */
  start(): Promise<void>
  stop: Cancel
}

/** A time at somebody's: all that came in under one proof. */
interface Stay {
  readonly user: UserAddress
  readonly proof: Buffer
  readonly conversations: readonly VisitedConversation[]
}

interface HandingOver extends HandoverOptions {
  /** Whose home was away while they were here. */
  readonly missed: Set<UserAddress>
  /** What is being taken in. */
  readonly running: Map<UserAddress, Set<Promise<void>>>
  /** Stays of which a home may have been told all, kept on disk as well: nothing may be shown here under them any more. */
  readonly told: Set<string>
}

const lookEvery = 5000

export function createHandover(options: HandoverOptions): Handover {
  const handing: HandingOver = { ...options, missed: new Set(), running: new Map(), told: new Set() }
  const { clock, visits, log } = options
  let stop: Cancel = () => undefined
  return {
    take: (user, run) => takeIn(handing, user, run),
    async start() {
      // They would not be here if it had not been away.
      for (const { user } of visits.all()) handing.missed.add(user)
      await loadTold(handing)
      stop = every(clock, lookEvery, () =>
        look(handing).catch((error: unknown) => {
          log.error({ err: error }, 'The home of a visitor could not be told what came in; trying again.')
        }),
      )
    },
    stop() {
      stop()
    },
  }
}

async function loadTold(handing: HandingOver): Promise<void> {
  const { store, sealer, told, tags, visits } = handing
  for (const stay of staysOf(handing)) {
    if (!(await isNoted(store, toldName(sealer, stay)))) continue
    told.add(nameOf(stay))
    if (visits.byUser(stay.user)?.proof?.equals(stay.proof)) tags.close(stay.user)
  }
}

async function noteTold({ store, sealer, told }: HandingOver, stay: Stay): Promise<void> {
  if (told.has(nameOf(stay))) return
  await note(store, toldName(sealer, stay))
  told.add(nameOf(stay))
}

function toldName(sealer: Sealer, stay: Stay): Buffer {
  return sealer.name(`visit handed over ${nameOf(stay)}`)
}

async function takeIn({ running }: HandingOver, user: UserAddress, run: () => Promise<void>): Promise<void> {
  const ofUser = running.get(user) ?? new Set()
  const taken = run()
  running.set(user, ofUser.add(taken))
  try {
    await taken
  } finally {
    ofUser.delete(taken)
    if (ofUser.size === 0) running.delete(user)
  }
}

async function look(handing: HandingOver): Promise<void> {
  const { visits, absences, missed } = handing
  for (const { user } of visits.all()) if (absences.isAway(homeOf(user))) missed.add(user)
  for (const stay of staysOf(handing)) {
    const home = homePeer(handing, stay)
    if (home) await handOver(handing, stay, home)
    else await goOnHere(handing, stay)
  }
}

// Of one who is here, also where nothing came in: his mailbox key is known here, and his home makes another.
function staysOf({ visits, visited, missed }: HandingOver): readonly Stay[] {
  const stays = new Map<string, Stay>()
  const add = (user: UserAddress, proof: Buffer, some: readonly VisitedConversation[]): void => {
    const name = nameOf({ user, proof })
    const conversations = [...(stays.get(name)?.conversations ?? []), ...some]
    stays.set(name, { user, proof, conversations })
  }
  for (const { user, proof, mailbox } of visits.all())
    if (proof && mailbox && missed.has(user)) add(user, proof, [])
  for (const conversation of visited.all()) add(conversation.recipient, conversation.proof, [conversation])
  return [...stays.values()]
}

function nameOf({ user, proof }: Pick<Stay, 'user' | 'proof'>): string {
  return `${user} ${proof.toString('base64')}`
}

function homePeer({ absences, federation }: HandingOver, { user }: Stay): Peer | null {
  const home = homeOf(user)
  if (!absences.isThere(home)) return null
  return federation.peers().find(({ domain }) => domain === home) ?? null
}

// It is gone again. Where it may have been told all, it shows what comes from now on: whoever is here has to begin anew.
async function goOnHere({ absences, tags, told, visits }: HandingOver, stay: Stay): Promise<void> {
  const { user, proof } = stay
  const visit = visits.byUser(user)
  if (!absences.isAway(homeOf(user)) || !visit?.proof?.equals(proof)) return
  if (told.has(nameOf(stay))) await visits.end(visit.account, 'handed-over')
  else tags.open(user)
}

async function handOver(handing: HandingOver, stay: Stay, home: Peer): Promise<void> {
  const { tags, running, federation, counters } = handing
  tags.close(stay.user)
  await Promise.allSettled([...(running.get(stay.user) ?? [])])
  const closed = await closeAll(handing, stay)
  if (closed === null) return
  try {
    for (const page of pagesOf(stay, closed)) {
      if (page.last) await noteTold(handing, stay)
      await federation.ask(home, 'visited', page)
    }
  } catch (error) {
    if (!(error instanceof PluginError)) throw error
    counters.count('homes of visitors not told')
    return
  }
  counters.count('homes of visitors told')
  await finish(handing, stay)
}

/** `null`: of some message it is not known yet whether it was shown. */
async function closeAll(
  { receiver, sealer }: HandingOver,
  { conversations }: Stay,
): Promise<readonly HandedConversation[] | null> {
  const closed: HandedConversation[] = []
  for (const conversation of conversations) {
    const handed = await receiver.close(incomingName(sealer, conversation))
    if (!handed) return null
    closed.push({ ...conversation, ...handed })
  }
  return closed
}

async function finish({ visits, visited, missed, told }: HandingOver, stay: Stay): Promise<void> {
  const { user, proof, conversations } = stay
  for (const conversation of conversations) await visited.forget(conversation)
  told.delete(nameOf(stay))
  const visit = visits.byUser(user)
  if (!visit?.proof?.equals(proof)) return
  missed.delete(user)
  await visits.end(visit.account, 'handed-over')
}
