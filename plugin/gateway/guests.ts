// Users of other servers who visit with an account of this one: their words go out under their own addresses, and what is for
// them is shown to the account (PROTO s12). So it is with pseudonyms of users of this one.
import { homeOf, isPseudonym } from '../addresses.js'
import { PluginError } from '../errors.js'
import type { EnrolledUser, LocalUsers, Pseudonyms } from '../identity/index.js'
import type { UserKey } from '../openpgp/index.js'
import type { Directory } from '../pki/index.js'
import type { ChatMessage, Domain, Mark, UserAddress } from '../ports.js'
import type { Visit, Visits } from '../visits/index.js'

export interface GuestOptions {
  readonly domain: Domain
  readonly visits: Pick<Visits, 'byAccount' | 'byUser' | 'sender'>
  readonly locals: Pick<LocalUsers, 'enrolled' | 'find'>
  readonly pseudonyms: Pick<Pseudonyms, 'ownerOf' | 'speaker'>
  readonly directory: Pick<Directory, 'known'>
}

/** As whom an account speaks. */
export type Speaker = Pick<EnrolledUser, 'key' | 'doubt'> & { readonly user: UserAddress }

/** To whose account something belongs, and for which pseudonym of his. */
export type Facing = Pick<ChatMessage, 'user' | 'as'>

/** Where something for a user is shown, and the key that opens it; `null`: the user's client has that. */
export interface Listener {
  readonly whose: Facing
  readonly key: UserKey | null
}

export interface Guests {
  /**
   * As whom an account writes to contacts now.
   * @param as a pseudonym that it says is its own
   * @throws PluginError `visit-refused` for a visitor who can not write yet; see `Pseudonyms.speaker`
   */
  speaker(account: UserAddress, as?: UserAddress): Promise<Speaker>
  /** @throws PluginError `recipient-unknown`; `peer-unreachable` for a visitor who is not here any more */
  listener(user: UserAddress): Promise<Listener>
  /** The account of a user of this server or of a visitor, also of one who has left; `null` for a stranger, and a pseudonym that is nobody's. */
  facing(user: UserAddress): Facing | null
  /** Notes for whom a message was shown to an account. */
  noteShown(shown: Facing & Shown, user: UserAddress): void
  /** For whom a message was shown to an account; `null` where that is not known. */
  shownFor(shown: Facing & Shown): UserAddress | null
}

type Shown = Pick<Mark, 'user' | 'contact' | 'id'>

export function createGuests(options: GuestOptions): Guests {
  const { visits } = options
  const shown = createShownTo()
  return {
    async speaker(account, as) {
      if (as !== undefined) return { ...(await options.pseudonyms.speaker(account, as)), user: as }
      const visit = visits.byAccount(account)
      return visit
        ? visitingSpeaker(options, visit)
        : { ...(await options.locals.enrolled(account)), user: account }
    },
    listener: user => listener(options, user),
    facing: user => facing(options, user),
    // A pseudonym's talk is at an address of its own.
    noteShown(message, user) {
      if (message.as === undefined) shown.note(message, user)
    },
    // Where nobody visits, an account is nobody but itself.
    shownFor(message) {
      const { as, user } = message
      if (as !== undefined) return options.pseudonyms.ownerOf(as) === user ? as : null
      return shown.find(message) ?? (visits.byAccount(user) === null ? user : null)
    },
  }
}

async function visitingSpeaker(
  { directory }: GuestOptions,
  { user, key, proof, fingerprint }: Visit,
): Promise<Speaker> {
  if (!proof)
    throw new PluginError(
      'visit-refused',
      'You visit this server, but your own key has not signed that yet. Nothing was sent. Write "visit" to P3DO to see what is left to do.',
    )
  const known = await directory.known(user)
  return { user, key, doubt: known?.certificate.fingerprint === fingerprint ? known.doubt : 'not-certified' }
}

function facing({ domain, visits, pseudonyms }: GuestOptions, address: UserAddress): Facing | null {
  const user = homeOf(address) === domain ? pseudonyms.ownerOf(address) : visits.sender(address)?.account
  if (!user) return null
  return isPseudonym(address) && homeOf(address) === domain ? { user, as: address } : { user }
}

async function listener(options: GuestOptions, user: UserAddress): Promise<Listener> {
  const { domain, visits, locals } = options
  if (homeOf(user) === domain) {
    const [whose, local] = [facing(options, user), await locals.find(user)]
    if (!whose || !local) throw new PluginError('recipient-unknown', 'The recipient has no key here.')
    return { whose, key: local.key }
  }
  const visit = visits.byUser(user)
  // It was accepted while he was here; it waits until his home is told how far his talks went, and gets it.
  if (!visit) throw new PluginError('peer-unreachable', 'The recipient does not visit this server any more.')
  return { whose: { user: visit.account }, key: visit.key }
}

const mostShown = 10_000

// In memory only: who is whom is written down nowhere for this. What is forgotten is told of no more.
function createShownTo() {
  const users = new Map<string, UserAddress>()
  const nameOf = ({ user, contact, id }: Shown): string => `${user} ${contact} ${id}`
  return {
    note(message: Shown, user: UserAddress): void {
      users.set(nameOf(message), user)
      const [oldest] = users.keys()
      if (users.size > mostShown && oldest !== undefined) users.delete(oldest)
    },
    find: (message: Shown): UserAddress | null => users.get(nameOf(message)) ?? null,
  }
}
