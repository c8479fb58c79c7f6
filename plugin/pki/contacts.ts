// First contact with each peer and every later one: certificates exchanged, each server signs the other's (PROTO s9.1).
import { PluginError } from '../errors.js'
import { parseCertificate, type Certificate } from '../openpgp/index.js'
import type { Cancel, Domain, Fingerprint, PeerAddress, Random } from '../ports.js'
import type { ServerIdentity } from './identity.js'
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

/** Whom to federate with, from the configuration. */
export interface PeerChoice {
  readonly domain: Domain
  readonly address: PeerAddress
  /** The address is the usual one and nobody's word: the peer's records in DNS may name another. */
  readonly isUsual?: boolean
  /** The certificate that it must have, or null for whichever the first contact shows. */
  readonly fingerprint: Fingerprint | null
}

export interface ContactOptions extends RecordOptions {
  readonly identity: ServerIdentity
  readonly choices: readonly PeerChoice[]
  readonly random: Random
}

export interface Contacts {
  /** Those that are ready, and not suspended since. */
  peers(): readonly Peer[]
  /** Calls for each that becomes ready, also again after a suspension. */
  onReady(handler: (peer: Peer) => void): void
  /** Whose plugin answers at that address, as far as is known now. */
  chosenAt(address: PeerAddress): PeerChoice | undefined
  start(): void
  stop: Cancel
}

/** Asks a peer; see `Federation.ask`. */
type Ask = (peer: Peer, request: string, body: object) => Promise<unknown>

/** The request that everybody answers to anybody. */
export const certificateRequest = 0x01
const firstRetry = 1_000
const lastRetry = 60_000
// Routing keys change weekly and overlap for a week; half a day is soon enough.
const refreshEvery = 12 * 3_600_000

/** Connects with the peers of the configuration once it is started, again and again until it is stopped. */
export function createContacts(options: ContactOptions, ask: Ask): Contacts {
  const ready = new Map<Domain, Peer>()
  const handlers: ((peer: Peer) => void)[] = []
  const cancels = new Map<Domain, Cancel>()
  let stopped = false

  const addresses = new Map<Domain, PeerAddress>()
  const fetches = new Map<Domain, number>()

  const again = (choice: PeerChoice, delay: number, attempt: number): void => {
    if (stopped) return
    const jittered = delay / 2 + options.random.below(Math.ceil(delay))
    const cancel = options.clock.after(jittered, () => void connectOrRetry(choice, attempt))
    cancels.set(choice.domain, cancel)
  }
  const connectOrRetry = async (choice: PeerChoice, attempt: number): Promise<void> => {
    try {
      const peer = await connect(options, ask, choice, addresses, fetches)
      const isNew = !ready.has(peer.domain)
      ready.set(peer.domain, peer)
      if (isNew) for (const handler of handlers) handler(peer)
      again(choice, refreshEvery, 0)
    } catch (error) {
      if (isSuspension(error)) ready.delete(choice.domain)
      reportFailure(options, choice, error)
      again(choice, Math.min(lastRetry, firstRetry * 2 ** attempt), Math.min(attempt + 1, 10))
    }
  }
  return {
    peers: () => [...ready.values()],
    onReady: handler => void handlers.push(handler),
    chosenAt: address =>
      options.choices.find(choice => (addresses.get(choice.domain) ?? choice.address) === address),
    start() {
      for (const choice of options.choices) void connectOrRetry(choice, 0)
    },
    stop() {
      stopped = true
      for (const cancel of cancels.values()) cancel()
    },
  }
}

async function connect(
  options: ContactOptions,
  ask: Ask,
  choice: PeerChoice,
  addresses: Map<Domain, PeerAddress>,
  fetches: Map<Domain, number>,
): Promise<Peer> {
  const { directory, clock } = options
  const { domain } = choice
  const heard = await hearRecords(options, choice)
  const address = addressOf(options, choice, heard)
  addresses.set(domain, address)
  const received = await shown(options, choice, address, () => fetchInstead(options, choice, heard, fetches))
  ensureRecorded(heard, received.fingerprint)
  const certificate = await directory.meetServer(domain, received)
  await compareRecords(options, domain, heard, certificate.fingerprint)
  const peer = { domain, fingerprint: certificate.fingerprint, address }
  await ask(peer, 'countersigned', { certificate: certificate.octets.toString('base64') })
  options.log.info({ peer: domain, at: clock.now() }, 'Federated with a peer.')
  return peer
}

/** The certificate that the peer itself shows. `instead` runs where it does not answer, and does not make it a peer. */
async function shown(
  { link }: ContactOptions,
  choice: PeerChoice,
  address: PeerAddress,
  instead: () => Promise<void>,
): Promise<Certificate> {
  const answered = await link.ask(address, Buffer.of(certificateRequest)).catch(async (cause: unknown) => {
    await instead()
    throw cause
  })
  const received = parseCertificate(Buffer.from(answered))
  if (choice.fingerprint === null || choice.fingerprint === received.fingerprint) return received
  throw new PluginError(
    'key-changed',
    'A peer shows another key than federation.peers pins. Check which one is right.',
  )
}

// Again and again until there is one, then as often as certificates are refreshed.
async function fetchInstead(
  options: ContactOptions,
  choice: PeerChoice,
  heard: Heard,
  fetches: Map<Domain, number>,
): Promise<void> {
  const { clock, directory } = options
  const due = (fetches.get(choice.domain) ?? -Infinity) + refreshEvery
  if (due > clock.now() && (await directory.server(choice.domain))) return
  fetches.set(choice.domain, clock.now())
  await takeUpFetched(options, choice, heard)
}

// A peer that cannot be reached stays one; a peer whose certificate is not accepted any more does not.
function isSuspension(error: unknown): boolean {
  return error instanceof PluginError && ['key-changed', 'certificate-invalid'].includes(error.code)
}

function reportFailure({ counters, log }: ContactOptions, { domain }: PeerChoice, error: unknown): void {
  counters.count('federation attempts failed')
  const reason = error instanceof PluginError ? error.message : 'An unexpected error.'
  if (error instanceof PluginError && error.code !== 'key-changed')
    log.info({ peer: domain }, `Not federated yet: ${reason}`)
  else log.error({ peer: domain, err: error }, `A peer is suspended: ${reason}`)
}
