// Who visits: at most one visit of a user and one on an account, kept over restarts, ended at its time.
import { PluginError } from '../errors.js'
import type { Cancel, Clock, Log, UserAddress } from '../ports.js'
import { every } from '../repeat.js'
import { createTurns } from '../turns.js'
import { parseProof } from './proof.js'
import { loadVisits, removeVisit, saveVisit, type RecordOptions } from './record.js'
import type { Visit, VisitChange, VisitEnd } from './visit.js'

export interface VisitsOptions extends RecordOptions {
  readonly clock: Clock
  readonly log: Log
  /** How many there may be; 0 where visits are not wanted. */
  readonly mostVisits: number
}

export interface Visits {
  /** Those that run. */
  all(): readonly Visit[]
  byAccount(account: UserAddress): Visit | null
  byUser(user: UserAddress): Visit | null
  /**
   * Under whose proof something of a user goes out: of the visit that runs, or of one that was ended before its time, so
   * that what waits is still sent. That one has no key and no mailbox any more, and nothing is received for it.
   */
  sender(user: UserAddress): Visit | null
  /** @throws PluginError `visit-refused` where that account may not begin a visit of that user, in words for the visitor */
  ensureRoom(account: UserAddress, user: UserAddress): void
  /**
   * Begins a visit; whoever calls it has checked who it is. The visit of the same user with another account is over then, and
   * so is another one of the account. Where the same visit runs already, `null` takes nothing away that was brought before.
   * @throws PluginError `visit-refused`, in words for the visitor
   */
  begin(visit: Visit): Promise<Visit>
  /** Keys are forgotten; the proof stays for what waits to be sent. `false`: nobody visits with that account. */
  end(account: UserAddress, reason: VisitEnd): Promise<boolean>
  onChange(run: (visit: Visit, change: VisitChange) => void): Cancel
  readonly stop: Cancel
}

const lookEvery = 60_000

/** @throws PluginError `secret-missing` where the seal does not open what is kept */
export async function openVisits(options: VisitsOptions): Promise<Visits> {
  const { clock, log } = options
  const handlers = new Set<(visit: Visit, change: VisitChange) => void>()
  const book = await openBook(options, (visit, change) => {
    for (const handle of handlers) handle(visit, change)
  })
  const inTurn = createTurns()
  const look = (): Promise<void> =>
    inTurn(() => expire(book)).catch((error: unknown) => {
      log.error({ err: error }, 'Visits that are over could not be put away; trying again in a minute.')
    })
  return {
    all: () => allIn(book),
    byAccount: account => allIn(book).find(visit => visit.account === account) ?? null,
    byUser: user => userIn(book, user),
    sender(user) {
      const [now, before] = [userIn(book, user), book.past.get(user)]
      return now?.proof || !before || !isNow(book, before) ? now : before
    },
    ensureRoom: (account, user) => {
      ensureRoom(book, account, user)
    },
    begin: visit => inTurn(() => begin(book, visit)),
    end: (account, reason) => inTurn(() => end(book, account, reason)),
    onChange(run) {
      handlers.add(run)
      return () => void handlers.delete(run)
    },
    stop: every(clock, lookEvery, look),
  }
}

interface Book extends VisitsOptions {
  /** By account, until they are put away. */
  readonly running: Map<UserAddress, Visit>
  /** By user. */
  readonly past: Map<UserAddress, Visit>
  readonly tell: (visit: Visit, change: VisitChange) => void
}

async function openBook(options: VisitsOptions, tell: Book['tell']): Promise<Book> {
  const book = {
    ...options,
    tell,
    running: new Map<UserAddress, Visit>(),
    past: new Map<UserAddress, Visit>(),
  }
  for (const { visit, isOver } of await loadVisits(options))
    if (isOver) book.past.set(visit.user, visit)
    else book.running.set(visit.account, visit)
  return book
}

function isNow({ clock }: Book, { until }: Visit): boolean {
  return until > clock.now()
}

function allIn(book: Book): Visit[] {
  return [...book.running.values()].filter(visit => isNow(book, visit))
}

function userIn(book: Book, user: UserAddress): Visit | null {
  return allIn(book).find(visit => visit.user === user) ?? null
}

// One that takes the place of another takes no room.
function ensureRoom(book: Book, account: UserAddress, user: UserAddress): void {
  const others = allIn(book).filter(visit => visit.account !== account && visit.user !== user)
  ensureAllowed(book.mostVisits, others.length)
}

async function begin(book: Book, given: Visit): Promise<Visit> {
  ensureRoom(book, given.account, given.user)
  const [before, other] = [book.running.get(given.account), userIn(book, given.user)]
  const same = before?.user === given.user && before.fingerprint === given.fingerprint ? before : null
  const visit = same === null ? given : withGoodProof(book, joined(same, given))
  if (before && !same) await end(book, before.account, 'replaced')
  if (other && other.account !== given.account) await end(book, other.account, 'taken-over')
  await keep(book, visit, same ? 'changed' : 'begun')
  return visit
}

async function keep(book: Book, visit: Visit, change: VisitChange): Promise<void> {
  await saveVisit(book, { visit, isOver: false })
  book.running.set(visit.account, visit)
  book.tell(visit, change)
}

// A visit by a TLS certificate may be longer than what was signed for it.
function withGoodProof({ clock }: Book, visit: Visit): Visit {
  return visit.proof && parseProof(visit.proof).until <= clock.now() ? { ...visit, proof: null } : visit
}

async function end(book: Book, account: UserAddress, reason: VisitEnd): Promise<boolean> {
  const visit = book.running.get(account)
  if (!visit) return false
  const kept = reason === 'revoked' ? null : pastOf(visit)
  if (kept && isNow(book, kept)) {
    await saveVisit(book, { visit: kept, isOver: true })
    book.past.set(kept.user, kept)
  }
  await removeVisit(book, { visit, isOver: false })
  book.running.delete(account)
  book.tell(visit, reason)
  return true
}

async function expire(book: Book): Promise<void> {
  const over = (visits: Map<UserAddress, Visit>): Visit[] =>
    [...visits.values()].filter(visit => !isNow(book, visit))
  for (const { account } of over(book.running)) await end(book, account, 'expired')
  for (const visit of allIn(book)) {
    const good = withGoodProof(book, visit)
    if (good !== visit) await keep(book, good, 'changed')
  }
  for (const visit of over(book.past)) {
    await removeVisit(book, { visit, isOver: true })
    book.past.delete(visit.user)
  }
}

// The proof of one that was ended is good for as long as it says; where nothing is signed, nothing waits.
function pastOf(visit: Visit): Visit | null {
  const { proof } = visit
  return proof && { ...visit, key: null, mailbox: null, certificate: null, until: parseProof(proof).until }
}

// What was brought to a visit stays with it.
function joined(before: Visit, given: Visit): Visit {
  return {
    ...given,
    key: given.key ?? before.key,
    mailbox: given.mailbox ?? before.mailbox,
    proof: given.proof ?? before.proof,
    certificate: given.certificate ?? before.certificate,
  }
}

function ensureAllowed(most: number, others: number): void {
  if (most === 0)
    throw new PluginError(
      'visit-refused',
      'This server takes no visitors. Ask its admin, or visit another server.',
    )
  if (others >= most)
    throw new PluginError(
      'visit-refused',
      'This server has as many visitors as it takes. Try again later, or visit another server.',
    )
}
