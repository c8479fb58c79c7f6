// Pseudonyms: more identities of a user, each with a key of its own that this server certifies. Whose they are is known here alone.
import { isPseudonym } from '../addresses.js'
import { PluginError } from '../errors.js'
import type { Cancel, Domain, RouteStore, UserAddress } from '../ports.js'
import { createTurns } from '../turns.js'
import { createAllowance, ensurePossible } from './pseudonym-allowance.js'
import { someTime } from './pseudonym-life.js'
import { parsePseudonym, randomName } from './pseudonym-names.js'
import { isTaken, type Pseudonym, type PseudonymRecords } from './pseudonym-record.js'
import { createRoster, type Roster, type RosterOptions } from './pseudonym-roster.js'
import type { EnrolledUser } from './users.js'
import { minuteInWords } from '../time-words.js'

export interface PseudonymOptions extends RosterOptions {
  readonly domain: Domain
  readonly store: PseudonymRecords['store'] & RouteStore
  /** How many each user has at most, and makes in a day; within how many milliseconds others learn of one. */
  readonly pseudonyms: { readonly most: number; readonly delay: number }
  /** Told of one that is dropped, for what else is kept of it and its owner; says how many of its contacts stay in his list. */
  readonly dropped: (address: UserAddress, owner: UserAddress) => Promise<number>
}

export interface Pseudonyms {
  /** Takes up what an earlier start left; before anything else. */
  load(): Promise<void>
  /** Who is behind an address of this server: a pseudonym's owner, else the account itself; `null` for nobody's pseudonym. */
  ownerOf(address: UserAddress): UserAddress | null
  /** Those of a user that are not dropped, by name. */
  of(owner: UserAddress): readonly Pseudonym[]
  /**
   * One of the user's own, by its name or address.
   * @throws PluginError `recipient-unknown`, the same for another user's and for nobody's
   */
  own(owner: UserAddress, name: string): Pseudonym
  /** The user as one of his pseudonyms. @throws PluginError as `own`, and `too-many-requests` while others do not know it yet */
  speaker(owner: UserAddress, address: UserAddress): Promise<EnrolledUser>
  /** @param name a random one for `null`. @throws PluginError `command-invalid`, `too-many-requests` */
  create(owner: UserAddress, name: string | null): Promise<Pseudonym>
  /**
   * Its key ends for everybody soon; here it is nobody's from now on.
   * @returns how many of its contacts stay in the owner's contact list, because the host lets nobody else take them out
   */
  drop(owner: UserAddress, address: UserAddress): Promise<number>
  /** All of a user, each at a time of its own within a day: together they would be seen to be one person's. See `drop`. */
  dropAll(owner: UserAddress): Promise<number>
  /** Users who have some. */
  owners(): readonly UserAddress[]
  /** How many there are. */
  readonly count: number
  /** Begins to do what is due; the host must be connected. */
  start(): void
  readonly stop: Cancel
}

const day = 86_400_000

export function createPseudonyms(options: PseudonymOptions): Pseudonyms {
  const inTurn = createTurns()
  const roster = createRoster(options, inTurn)
  const allowance = createAllowance(options.clock, options.pseudonyms.most)
  const of = (owner: UserAddress): Pseudonym[] =>
    roster
      .all()
      .filter(pseudonym => pseudonym.owner === owner)
      .sort(byAddress)
  const own = (owner: UserAddress, name: string): Pseudonym =>
    ensureOwn(owner, roster.get(parsePseudonym(options.domain, name)))
  return {
    load: roster.load,
    ownerOf: address => (isPseudonym(address) ? (roster.get(address)?.owner ?? null) : address),
    of,
    own,
    async speaker(owner, address) {
      const found = ensureOwn(owner, roster.get(address))
      if (found.state === 'new') throw notYet(found)
      return options.locals.enrolled(address)
    },
    create: (owner, name) =>
      inTurn(async () => {
        ensurePossible(options.domain, options.host.users.address)
        allowance.ensure(owner, of(owner).length)
        const address = await freeAddress(options, name)
        const due = someTime(options, options.pseudonyms.delay)
        await roster.keep({ address, owner, state: 'new', due })
        allowance.used(owner)
        return { address, owner, state: 'new', due }
      }),
    drop: (owner, address) =>
      inTurn(() => end(options, roster, own(owner, address), options.pseudonyms.delay)),
    dropAll: owner =>
      inTurn(async () => {
        let left = 0
        for (const pseudonym of of(owner)) left += await end(options, roster, pseudonym, day)
        return left
      }),
    owners: () => [...new Set(roster.all().flatMap(({ owner }) => owner ?? []))],
    get count() {
      return roster.all().filter(({ owner }) => owner !== null).length
    },
    start: roster.start,
    stop: roster.stop,
  }
}

// From now on it is nobody's; what others have of it ends at a time of its own.
async function end(
  options: PseudonymOptions,
  roster: Roster,
  pseudonym: Pseudonym,
  within: number,
): Promise<number> {
  const state = pseudonym.state === 'new' ? 'ended' : 'ending'
  const { address, owner } = pseudonym
  await options.store.removeRoutes(address)
  await roster.keep({ ...pseudonym, owner: null, state, due: someTime(options, within) })
  return owner ? options.dropped(address, owner) : 0
}

function ensureOwn(owner: UserAddress, found: Pseudonym | undefined): Pseudonym {
  if (found?.owner === owner) return found
  throw unknown()
}

async function freeAddress(options: PseudonymOptions, name: string | null): Promise<UserAddress> {
  for (;;) {
    const address = parsePseudonym(options.domain, name ?? randomName(options.random))
    if (!(await isTaken(options, address))) return address
    if (name !== null)
      throw new PluginError(
        'command-invalid',
        'This name is taken, or was before: names are given once. Choose another.',
      )
  }
}

function byAddress(one: Pseudonym, other: Pseudonym): number {
  return one.address < other.address ? -1 : 1
}

function notYet({ due }: Pseudonym): PluginError {
  return new PluginError(
    'too-many-requests',
    `Other servers do not know this pseudonym yet; they will at ${minuteInWords(due)}. Nothing was sent; write again then.`,
  )
}

function unknown(): PluginError {
  return new PluginError(
    'recipient-unknown',
    'You have no pseudonym of that name. Write "pseudonym list" to P3DO to see those that you have.',
  )
}
