// Users of other servers who visit with an account of this one: their words go out under their own addresses, and what is for
// them is shown to the account (PROTO s12).
import { homeOf } from '../addresses.js'
import { PluginError } from '../errors.js'
import type { EnrolledUser, LocalUsers } from '../identity/index.js'
import type { UserKey } from '../openpgp/index.js'
import type { Directory } from '../pki/index.js'
import type { Domain, Mark, UserAddress } from '../ports.js'
import type { Visit, Visits } from '../visits/index.js'

export interface GuestOptions {
  readonly domain: Domain
  readonly visits: Pick<Visits, 'byAccount' | 'byUser' | 'sender'>
  readonly locals: Pick<LocalUsers, 'enrolled' | 'find'>
  readonly directory: Pick<Directory, 'known'>
}

/** As whom an account speaks. */
export type Speaker = Pick<EnrolledUser, 'key' | 'doubt'> & { readonly user: UserAddress }

/** Where something for a user is shown, and the key that opens it; `null`: the user's client has that. */
export interface Listener {
  readonly account: UserAddress
  readonly key: UserKey | null
}

export interface Guests {
  /** As whom an account writes to contacts now. @throws PluginError `visit-refused` for a visitor who can not write yet */
  speaker(account: UserAddress): Promise<Speaker>
  /** @throws PluginError `recipient-unknown`, `not-local`; `host-unreachable` for a visitor who is not here any more */
  listener(user: UserAddress): Promise<Listener>
  /** The account of a user of this server or of a visitor, also of one who has left; `null` for a stranger. */
  accountOf(user: UserAddress): UserAddress | null
  /** Notes for whom a message was shown to an account. */
  noteShown(shown: Shown, user: UserAddress): void
  /** For whom a message was shown to an account; `null` where that is not known. */
  shownFor(shown: Shown): UserAddress | null
}

type Shown = Pick<Mark, 'user' | 'contact' | 'id'>

export function createGuests(options: GuestOptions): Guests {
  const { domain, visits } = options
  const shown = createShownTo()
  return {
    async speaker(account) {
      const visit = visits.byAccount(account)
      return visit
        ? visitingSpeaker(options, visit)
        : { ...(await options.locals.enrolled(account)), user: account }
    },
    listener: user => listener(options, user),
    accountOf: user => (homeOf(user) === domain ? user : (visits.sender(user)?.account ?? null)),
    noteShown: shown.note,
    // Where nobody visits, an account is nobody but itself.
    shownFor: message =>
      shown.find(message) ?? (visits.byAccount(message.user) === null ? message.user : null),
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

async function listener({ domain, visits, locals }: GuestOptions, user: UserAddress): Promise<Listener> {
  if (homeOf(user) === domain) {
    const local = await locals.find(user)
    if (!local) throw new PluginError('recipient-unknown', 'The recipient has no key here.')
    return { account: user, key: local.key }
  }
  const visit = visits.byUser(user)
  if (!visit && !visits.sender(user))
    throw new PluginError('not-local', 'The recipient is not a user of this server.')
  // It was accepted while he was here; his home or the next visit gets it.
  if (!visit) throw new PluginError('host-unreachable', 'The recipient does not visit this server any more.')
  return { account: visit.account, key: visit.key }
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
