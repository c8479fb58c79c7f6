// Whoever logs in while the plugin is away sees his contacts as away; he is shown them when the plugin is back.
import { PluginError } from '../errors.js'
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
  readonly presence: PresenceLink
  readonly accounts: Pick<AccountLink, 'exists'>
  readonly store: PresenceStore
  readonly sealer: Sealer
  readonly clock: Clock
  readonly counters: Counters
  readonly log: Log
}

export interface Presence {
  /** Forgets what a user has in his list. */
  forget(user: UserAddress): Promise<void>
  stop: Cancel
}

// Of a longer list, the rest is shown at the user's next login.
const mostListed = 1000
// Cells and messages go over the same link.
const atOnce = 25
const pause = 100

/** Begins to remember who is in whose list, and to show them at each connection to the host. */
export function createPresence(options: PresenceOptions): Presence {
  const { presence, clock, counters, log } = options
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
    const isGone = (user: UserAddress): Promise<boolean> => inTurn(user, () => forgetGone(options, user))
    showAll(options, { passed, isCurrent, isGone }).catch((error: unknown) => {
      log.error({ err: error }, 'Contacts could not be shown as there.')
    })
  })
  return {
    forget: user => inTurn(user, () => saveListed(options, user, [])),
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
  if (before.includes(address) === isListed || (isListed && before.length >= mostListed)) return
  const others = before.filter(other => other !== address)
  await saveListed(options, user, isListed ? [...others, address] : others)
}

// Another person may get the name.
async function forgetGone(options: PresenceOptions, user: UserAddress): Promise<boolean> {
  const isGone = (await options.accounts.exists(user).catch(orUnknown)) === false
  if (isGone) await saveListed(options, user, [])
  return isGone
}

function orUnknown(error: unknown): null {
  if (error instanceof PluginError) return null
  throw error
}

interface Showing {
  readonly passed: (ms: number) => Promise<void>
  readonly isCurrent: () => boolean
  readonly isGone: (user: UserAddress) => Promise<boolean>
}

async function showAll(options: PresenceOptions, { passed, isCurrent, isGone }: Showing): Promise<void> {
  let shown = 0
  for (const user of await options.store.listListing()) {
    if (await isGone(user)) continue
    for (const address of await loadListed(options, user)) {
      // The link may be full; when it is lost, another connection begins anew.
      while (isCurrent() && !options.presence.show(user, address)) await passed(pause)
      if (!isCurrent()) return
      if (++shown % atOnce === 0) await passed(pause)
    }
  }
  options.counters.count('contact lists shown')
}
