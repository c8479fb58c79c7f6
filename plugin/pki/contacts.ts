// First contact with each peer and every later one: certificates exchanged, each server signs the other's (PROTO s9.1).
import { fetchablePlaces } from '../dns/index.js'
import { PluginError } from '../errors.js'
import { parseCertificates, type Certificate } from '../openpgp/index.js'
import type { Cancel, Domain, Fingerprint, PeerAddress, Random } from '../ports.js'
import { createSignal, type Signal } from '../signal.js'
import { createContactTimes, refreshEvery } from './contact-times.js'
import { considerHoldDown, type KeyPolicy } from './hold-down.js'
import type { ServerIdentity } from './identity.js'
import { createContactReport } from './contact-report.js'
import { createReadyPeers } from './ready-peers.js'
import {
  addressOf,
  compareRecords,
  ensureRecorded,
  hearRecords,
  takeUpFetched,
  type Heard,
  type RecordOptions,
} from './records.js'

/** A server that this one countersigned and that countersigned this one. */
export interface Peer {
  readonly domain: Domain
  readonly fingerprint: Fingerprint
  readonly address: PeerAddress
}

/** Whom to federate with: from the configuration, added by an admin, or met because it asked. */
export interface PeerChoice {
  readonly domain: Domain
  readonly address: PeerAddress
  /** The address is the usual one and nobody's word: the peer's records in DNS may name another. */
  readonly isUsual?: boolean
  /** The certificate that it must have, or null for whichever the first contact shows. */
  readonly fingerprint: Fingerprint | null
  /** It was met because it asked: nobody chose it, and what it says of others counts for nothing. */
  readonly asked?: boolean
}

export interface ContactOptions extends RecordOptions {
  /** When a peer's other key may be taken without an admin. */
  readonly keyPolicy: KeyPolicy
  readonly identity: ServerIdentity
  readonly choices: readonly PeerChoice[]
  readonly random: Random
}

export interface Contacts {
  /** Those that are ready, and not suspended since. */
  peers(): readonly Peer[]
  /** Calls for each that becomes ready, also again after a suspension or with a new key. */
  onReady(handler: (peer: Peer) => void): void
  /** Whose plugin answers at that address, as far as is known now. */
  chosenAt(address: PeerAddress): PeerChoice | undefined
  /** Calls for each that was ready and is a peer no more: removed or suspended. */
  onGone(handler: (peer: Peer) => void): void
  /** Calls each time that one of them does not answer, with where its records in DNS say that its key is to be had. */
  onSilent(handler: (silent: SilentPeer) => void): void
  /** Those to federate with, ready or not. */
  choices(): readonly PeerChoice[]
  /** Begins to connect with one more, in place of the choice of the same domain. */
  add(choice: PeerChoice): void
  remove(domain: Domain): void
  /** Connects once, with nothing kept of a server that fails; for `add` afterwards. @throws PluginError */
  meet(choice: PeerChoice): Promise<void>
  /** Looks soon, and not more often than once a minute, at the certificate that a peer shows. */
  lookAgain(domain: Domain): void
  /** Since when, and when last, a peer was seen to show the key that is known, in milliseconds; `null` since the start not. */
  sightOf(domain: Domain): Sight | null
  /** Looks at once. */
  lookNow(domain: Domain): void
  start(): void
  stop: Cancel
}

/** Who does not answer now; places as in `KeyFetcher`, the best first. */
export interface SilentPeer {
  readonly domain: Domain
  readonly places: readonly string[]
}

/** Times in milliseconds. */
export interface Sight {
  readonly since: number
  readonly seen: number
}

/** What contacts found out on their way. */
interface Places {
  /** Where each plugin answers. */
  readonly addresses: Map<Domain, PeerAddress>
  /** When the certificate of each was fetched from somewhere else, in milliseconds. */
  readonly fetches: Map<Domain, number>
  /** When each was seen to show the key that is known. */
  readonly sights: Map<Domain, Sight & { readonly fingerprint: Fingerprint }>
  readonly choices: ReadonlyMap<Domain, PeerChoice>
  /** Told of whom does not answer. */
  readonly silence: Signal<SilentPeer>
}

/** Asks a peer; see `Federation.ask`. */
type Ask = (peer: Peer, request: string, body: object) => Promise<unknown>

/** The request that everybody answers to anybody. */
export const certificateRequest = 0x01
/** Asks to be met, by whom this server is not known yet; behind it stands the domain. */
export const introductionRequest = 0x03

/** Connects with the chosen servers once it is started, again and again until it is stopped. */
export function createContacts(options: ContactOptions, ask: Ask): Contacts {
  const choices = new Map(options.choices.map(choice => [choice.domain, choice]))
  const ready = createReadyPeers()
  const places = createPlaces(choices)
  const report = createContactReport(options)
  let started = false

  // A connection that is under way outlives the choice that it was made for.
  const isChosen = (choice: PeerChoice): boolean => choices.get(choice.domain) === choice
  const look = async (domain: Domain): Promise<boolean | null> => {
    const choice = choices.get(domain)
    if (!choice) return null
    try {
      const peer = await connect(options, ask, choice, places)
      if (!isChosen(choice)) return null
      ready.put(peer)
      report.well(domain)
      return true
    } catch (error) {
      if (!isChosen(choice)) return null
      if (isSuspension(error)) ready.drop(domain)
      await report.failed(domain, error)
      return false
    }
  }
  const times = createContactTimes(options.clock, options.random, look)
  return {
    peers: ready.all,
    chosenAt: address =>
      [...choices.values()].find(
        choice => (places.addresses.get(choice.domain) ?? choice.address) === address,
      ),
    onReady: ready.onReady,
    onGone: ready.onGone,
    onSilent: places.silence.on,
    choices: () => [...choices.values()],
    add(choice) {
      choices.set(choice.domain, choice)
      if (started) times.begin(choice.domain)
    },
    remove(domain) {
      choices.delete(domain)
      ready.drop(domain)
    },
    async meet(choice) {
      await connect(options, ask, choice, places)
    },
    lookAgain: times.lookAgain,
    sightOf(domain) {
      const { since, seen } = places.sights.get(domain) ?? {}
      return since === undefined || seen === undefined ? null : { since, seen }
    },
    lookNow(domain) {
      if (started && choices.has(domain)) times.begin(domain)
    },
    start() {
      started = true
      for (const domain of choices.keys()) times.begin(domain)
    },
    stop: times.stop,
  }
}

function createPlaces(choices: Places['choices']): Places {
  const silence = createSignal<SilentPeer>()
  return { addresses: new Map(), fetches: new Map(), sights: new Map(), choices, silence }
}

async function connect(options: ContactOptions, ask: Ask, choice: PeerChoice, places: Places): Promise<Peer> {
  const { directory, clock } = options
  const { domain } = choice
  const heard = await hearRecords(options, choice)
  const address = addressOf(options, choice, heard)
  places.addresses.set(domain, address)
  const [received, ...before] = await shown(options, address, () =>
    fetchInstead(options, choice, heard, places),
  )
  ensureRecorded(heard, received.fingerprint)
  await considerHoldDown(options, [...places.choices.values()], domain, received.fingerprint, heard)
  const certificate = await directory.meetServer(domain, received, before, address)
  noteSight(places, domain, certificate.fingerprint, clock.now())
  await compareRecords(options, domain, heard, certificate.fingerprint)
  const peer = { domain, fingerprint: certificate.fingerprint, address }
  await ask(peer, 'countersigned', { certificate: certificate.octets.toString('base64') }).catch(
    async (cause: unknown) => {
      if (cause instanceof PluginError && cause.code === 'peer-refused') await introduce(options, peer)
      throw cause
    },
  )
  options.log.info({ peer: domain, at: clock.now() }, 'Federated with a peer.')
  return peer
}

function noteSight({ sights }: Places, domain: Domain, fingerprint: Fingerprint, now: number): void {
  const before = sights.get(domain)
  const since = before?.fingerprint === fingerprint ? before.since : now
  sights.set(domain, { fingerprint, since, seen: now })
}

// Whoever refuses may not know this server yet; what comes of it, the next attempt shows.
async function introduce({ identity, link, counters }: ContactOptions, { address }: Peer): Promise<void> {
  try {
    await link.ask(address, Buffer.concat([Buffer.of(introductionRequest), Buffer.from(identity.domain)]))
  } catch {
    counters.count('introductions refused')
  }
}

/** What the peer itself shows, its certificate first. `instead` runs where it does not answer, and does not make it a peer. */
async function shown(
  { link }: ContactOptions,
  address: PeerAddress,
  instead: () => Promise<void>,
): Promise<[Certificate, ...Certificate[]]> {
  const answered = await link.ask(address, Buffer.of(certificateRequest)).catch(async (cause: unknown) => {
    await instead()
    throw cause
  })
  return parseCertificates(Buffer.from(answered))
}

async function fetchInstead(
  options: ContactOptions,
  choice: PeerChoice,
  heard: Heard,
  places: Places,
): Promise<void> {
  const { domain } = choice
  if (await isFetchDue(options, domain, places)) await takeUpFetched(options, choice, heard)
  if (heard.said) places.silence.send({ domain, places: fetchablePlaces(heard.said) })
}

// Again and again until there is one, then as often as certificates are refreshed.
async function isFetchDue(
  { clock, directory }: ContactOptions,
  domain: Domain,
  { fetches }: Places,
): Promise<boolean> {
  const due = (fetches.get(domain) ?? -Infinity) + refreshEvery
  if (due > clock.now() && (await directory.server(domain))) return false
  fetches.set(domain, clock.now())
  return true
}

// A peer that cannot be reached stays one; a peer whose certificate is not accepted any more does not.
function isSuspension(error: unknown): boolean {
  return error instanceof PluginError && ['key-changed', 'certificate-invalid'].includes(error.code)
}
