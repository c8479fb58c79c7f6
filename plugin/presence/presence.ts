// Whoever logs in while the plugin is away sees his contacts as away; he is shown them when the plugin is back.
import { orNullLater, PluginError } from '../errors.js'
import type {
  AccountLink,
  Cancel,
  Clock,
  Counters,
  ListedAddress,
  Log,
  PresenceLink,
  PresenceStore,
  UserAddress,
} from '../ports.js'
import type { Sealer } from '../sealer.js'
import { createNamedTurns } from '../turns.js'
import { loadListed, saveListed } from './record.js'

export interface PresenceOptions {
  readonly host: { readonly presence: PresenceLink; readonly accounts: Pick<AccountLink, 'exists'> }
  /** Forgets first what is kept of another account that had the user's name. */
  readonly ensureSameAccount: (user: UserAddress) => Promise<void>
  /** Whose a pseudonym is; `null`: nobody's. */
  readonly ownerOf: (pseudonym: UserAddress) => UserAddress | null
  readonly store: PresenceStore
  readonly sealer: Sealer
  readonly clock: Clock
  readonly counters: Counters
  readonly log: Log
}

export interface Presence {
  /** Forgets what a user has in his list. */
  forget(user: UserAddress): Promise<void>
  /**
   * Forgets what stands in a user's list for talks as pseudonyms that are not his any more, and takes it out of the list.
   * @returns how many entries the host does not let the plugin take out
   */
  forgetDropped(user: UserAddress): Promise<number>
  stop: Cancel
}

// Of a longer list, the rest is shown at the user's next login.
const mostListed = 1000
// Cells and messages go over the same link.
const atOnce = 25
const pause = 100

/** Begins to remember who is in whose list, and to show them at each connection to the host. */
export function createPresence(options: PresenceOptions): Presence {
  const { clock, counters, log } = options
  const { presence } = options.host
  const inTurn = createNamedTurns()
  let cancelPause: Cancel = () => undefined
  // Of the connection that there is now; what was begun for an earlier one ends.
  let current = 0
  const passed = (ms: number): Promise<void> =>
    new Promise(resolve => {
      cancelPause = clock.after(ms, resolve)
    })
  presence.onListed((user, address, isListed) => {
    inTurn(user, () => note(options, user, address, isListed)).catch((error: unknown) => {
      counters.count('contact lists not kept')
      if (!(error instanceof PluginError)) log.error({ err: error }, 'A contact list could not be kept.')
    })
  })
  const cancel = presence.onConnected(() => {
    cancelPause()
    const own = ++current
    const isCurrent = (): boolean => own === current
    const listed = async (user: UserAddress) => {
      await options.ensureSameAccount(user)
      return inTurn(user, () => listedNow(options, user))
    }
    showAll(options, { passed, isCurrent, listed }).catch((error: unknown) => {
      log.error({ err: error }, 'Contacts could not be shown as there.')
    })
  })
  return {
    forget: user => inTurn(user, () => saveListed(options, user, [])),
    forgetDropped: user => inTurn(user, () => forgetDropped(options, user)),
    stop() {
      current++
      cancel()
      cancelPause()
    },
  }
}

async function note(
  options: PresenceOptions,
  user: UserAddress,
  address: ListedAddress,
  isListed: boolean,
): Promise<void> {
  const before = await loadListed(options, user)
  const isKept = isListed && isOwn(options, user, address)
  // Where a talk as a dropped pseudonym is still in his list, each login tells of it.
  if (isListed && !isKept) await takeOut(options, user, [address])
  if (before.includes(address) === isKept || (isKept && before.length >= mostListed)) return
  const others = before.filter(other => other !== address)
  await saveListed(options, user, isKept ? [...others, address] : others)
}

// Once a pseudonym is dropped, nothing here says whose it was.
async function forgetDropped(options: PresenceOptions, user: UserAddress): Promise<number> {
  const before = await loadListed(options, user)
  const own = before.filter(address => isOwn(options, user, address))
  if (own.length < before.length) await saveListed(options, user, own)
  const dropped = before.filter(address => !own.includes(address))
  return takeOut(options, user, dropped)
}

// How many stay. What a host that is away now keeps is taken out at the user's next login.
async function takeOut(
  { host, counters }: PresenceOptions,
  user: UserAddress,
  addresses: readonly ListedAddress[],
): Promise<number> {
  let left = 0
  for (const address of addresses) {
    const isOut = await orNullLater(host.presence.takeOut(user, address))
    counters.count(isOut ? 'contacts of dropped pseudonyms taken out' : 'contacts of dropped pseudonyms left')
    if (!isOut) left++
  }
  return left
}

function isOwn({ host, ownerOf }: PresenceOptions, user: UserAddress, address: ListedAddress): boolean {
  const pseudonym = host.presence.pseudonymAt(address)
  return pseudonym === null || ownerOf(pseudonym) === user
}

// Another person may get the name; and a crash may have come before what was dropped was forgotten.
async function listedNow(options: PresenceOptions, user: UserAddress): Promise<readonly ListedAddress[]> {
  const isGone = (await orNullLater(options.host.accounts.exists(user))) === false
  await (isGone ? saveListed(options, user, []) : forgetDropped(options, user))
  return loadListed(options, user)
}

interface Showing {
  readonly passed: (ms: number) => Promise<void>
  readonly isCurrent: () => boolean
  readonly listed: (user: UserAddress) => Promise<readonly ListedAddress[]>
}

async function showAll(options: PresenceOptions, { passed, isCurrent, listed }: Showing): Promise<void> {
  let shown = 0
  for (const user of await options.store.listListing()) {
    for (const address of await listed(user)) {
      // The link may be full; when it is lost, another connection begins anew.
      while (isCurrent() && !options.host.presence.show(user, address)) await passed(pause)
      if (!isCurrent()) return
      if (++shown % atOnce === 0) await passed(pause)
    }
  }
  options.counters.count('contact lists shown')
}
