// Users' certified keys on their own accounts, where every client that knows OX looks for them (XEP-0373 s4).
import { createAgenda } from '../agenda.js'
import { PluginError } from '../errors.js'
import type { Directory } from '../pki/index.js'
import type {
  AccountLink,
  Cancel,
  Clock,
  Counters,
  Fingerprint,
  ListedKey,
  Log,
  ShownKey,
  UserAddress,
} from '../ports.js'
import type { LocalUsers } from './users.js'

export interface PublicationOptions {
  readonly accounts: AccountLink
  readonly locals: Pick<LocalUsers, 'find'>
  readonly directory: Pick<Directory, 'known'>
  readonly clock: Clock
  readonly counters: Counters
  readonly log: Log
}

export interface Publication {
  /** Puts a user's key on his account soon; for when it changed. Never fails: what does is made up for by the daily round. */
  plan(user: UserAddress): void
  /** Does it now. */
  publish(user: UserAddress): Promise<void>
  /** Takes a key of ours for none of the user's own client, which nobody may replace, from now on. */
  withdraw(key: Fingerprint): void
  /** Whether the host lets the plugin do it; `null` before it was tried. */
  readonly isPossible: boolean | null
  readonly stop: Cancel
}

export function createPublication(options: PublicationOptions): Publication {
  const { clock, log } = options
  const withdrawn = new Set<Fingerprint>()
  let isPossible: boolean | null = null
  const publish = async (user: UserAddress): Promise<void> => {
    const done = await tryPublish(options, user, withdrawn)
    if (done === false && isPossible !== false) log.info({}, withoutModule)
    isPossible = done ?? isPossible
  }
  const agenda = createAgenda<UserAddress>(clock, user => user, publish)
  return {
    plan: user => {
      agenda.plan(user, 0)
    },
    publish,
    withdraw: key => void withdrawn.add(key),
    get isPossible() {
      return isPossible
    },
    stop: agenda.stop,
  }
}

const withoutModule =
  'Keys of users are not put on their accounts, where OX clients look for them: the host has no mod_p3do. See docs/pki.md.'

/** `null` where there was nothing to do, or where it failed. */
async function tryPublish(
  options: PublicationOptions,
  user: UserAddress,
  withdrawn: ReadonlySet<Fingerprint>,
): Promise<boolean | null> {
  try {
    return await publishKey(options, user, withdrawn)
  } catch (error) {
    options.counters.count('keys not published')
    if (!(error instanceof PluginError)) throw error
    return null
  }
}

async function publishKey(
  { accounts, locals, directory }: PublicationOptions,
  user: UserAddress,
  withdrawn: ReadonlySet<Fingerprint>,
): Promise<boolean | null> {
  const [local, known] = [await locals.find(user), await directory.known(user)]
  if (!local || !known) return null
  const { fingerprint, octets } = known.certificate
  const listed = await accounts.listedKeys(user)
  const others = listed.filter(item => item.fingerprint !== fingerprint && !withdrawn.has(item.fingerprint))
  // A client that published a key of its own holds the user's key; nobody else may take its place.
  if (local.key && others.length > 0) return null
  const key: ShownKey = { fingerprint, certificate: octets, changed: known.changed }
  // A revoked key stays for who has it, and is listed for nobody.
  const wanted = known.doubt === null ? [key, ...others] : others
  const isThere =
    namesOf(wanted) === namesOf(listed) && (await accounts.readKey(user, fingerprint))?.equals(octets)
  return isThere ? null : accounts.publishKey(user, key, wanted)
}

function namesOf(keys: readonly ListedKey[]): string {
  return keys
    .map(({ fingerprint }) => fingerprint)
    .sort()
    .join(' ')
}
