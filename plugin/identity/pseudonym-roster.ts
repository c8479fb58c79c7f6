// The pseudonyms that are not over, each seen to at its time.
import { createAgenda } from '../agenda.js'
import { PluginError } from '../errors.js'
import type { Cancel, Counters, Host, Log, UserAddress } from '../ports.js'
import type { InTurn } from '../turns.js'
import { takeStep, type PseudonymLifeOptions } from './pseudonym-life.js'
import { loadPseudonyms, savePseudonym, type Pseudonym, type PseudonymRecords } from './pseudonym-record.js'

export interface RosterOptions extends PseudonymLifeOptions, PseudonymRecords {
  readonly host: Pick<Host, 'users'>
  readonly pseudonyms: { readonly delay: number }
  readonly counters: Counters
  readonly log: Log
}

export interface Roster {
  get(address: UserAddress): Pseudonym | undefined
  all(): readonly Pseudonym[]
  /** Writes down how a pseudonym is now, and sees to it when it is due. */
  keep(pseudonym: Pseudonym): Promise<void>
  /** Takes up what an earlier start left. */
  load(): Promise<void>
  start(): void
  readonly stop: Cancel
}

const day = 86_400_000

/** @param inTurn in which pseudonyms are changed */
export function createRoster(options: RosterOptions, inTurn: InTurn): Roster {
  const { clock, random } = options
  const known = new Map<UserAddress, Pseudonym>()
  const later = (): number => random.below(options.pseudonyms.delay)
  const agenda = createAgenda<UserAddress>(
    clock,
    address => address,
    address =>
      inTurn(async () => {
        const pseudonym = known.get(address)
        if (!pseudonym) return
        if (pseudonym.due > clock.now()) plan(pseudonym)
        else if (!(await see(options, pseudonym, keep))) agenda.plan(address, later())
      }),
  )
  const plan = ({ address, due }: Pseudonym): void => {
    // A timer that is weeks long is none, and clocks are set.
    agenda.plan(address, Math.min(Math.max(0, due - clock.now()), day))
  }
  const keep = async (pseudonym: Pseudonym): Promise<void> => {
    await savePseudonym(options, pseudonym)
    known.delete(pseudonym.address)
    if (pseudonym.state === 'ended') return
    known.set(pseudonym.address, pseudonym)
    plan(pseudonym)
  }
  return {
    get: address => known.get(address),
    all: () => [...known.values()],
    keep,
    async load() {
      for (const pseudonym of await loadPseudonyms(options))
        if (pseudonym.state !== 'ended') known.set(pseudonym.address, pseudonym)
    },
    start() {
      // What was missed while the plugin did not run is not made up for all at once.
      for (const pseudonym of known.values())
        if (pseudonym.due > clock.now()) plan(pseudonym)
        else agenda.plan(pseudonym.address, later())
    },
    stop: agenda.stop,
  }
}

// Never rejects. `false`: something stands in the way now.
async function see(options: RosterOptions, pseudonym: Pseudonym, keep: Roster['keep']): Promise<boolean> {
  const { counters, log } = options
  try {
    await keep(await takeStep(options, pseudonym))
    if (pseudonym.state === 'new' && pseudonym.owner) await tellReady(options, pseudonym.owner, pseudonym)
    return true
  } catch (error) {
    counters.count('pseudonyms not seen to')
    if (!(error instanceof PluginError))
      log.error({ err: error }, 'A pseudonym could not be seen to; it is tried again.')
    return false
  }
}

// What he is not told now, the list says.
async function tellReady(
  { host, counters }: RosterOptions,
  user: UserAddress,
  { address }: Pseudonym,
): Promise<void> {
  const body = `Your pseudonym ${address} is ready: other servers know its key now.`
  await host.users.deliver({ user, contact: null, body }).catch(() => {
    counters.count('users not told of their pseudonym')
  })
}
